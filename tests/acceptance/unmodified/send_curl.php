<?php
$handle = curl_init('https://rest.fortytwo.com/1/im');
curl_setopt_array($handle, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Token 00000000-0000-4000-8000-000000000042',
        'Content-Type: application/json',
    ],
    CURLOPT_POSTFIELDS => json_encode(['destinations' => [['number' => '35699000001']], 'sms_content' => ['message' => 'Hello from PHP']]),
]);
$answer = curl_exec($handle);
if ($answer === false) {
    fwrite(STDERR, curl_error($handle) . "\n");
    exit(1);
}
echo curl_getinfo($handle, CURLINFO_RESPONSE_CODE), ' ', $answer, "\n";
