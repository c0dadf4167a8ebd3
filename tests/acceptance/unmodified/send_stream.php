<?php
$answer = file_get_contents('https://rest.fortytwo.com/1/im', false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => [
        'Authorization: Token 00000000-0000-4000-8000-000000000042',
        'Content-Type: application/json',
    ],
    'content' => json_encode(['destinations' => [['number' => '35699000001']], 'sms_content' => ['message' => 'Hello from a PHP stream']]),
]]));
if ($answer === false) {
    exit(1);
}
echo explode(' ', $http_response_header[0])[1], ' ', $answer, "\n";
