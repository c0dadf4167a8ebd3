<?php
require 'GuzzleHttp/autoload.php'; // where Debian puts it; with Composer: vendor/autoload.php

$answer = (new GuzzleHttp\Client())->post('https://rest.fortytwo.com/1/im', [
    'headers' => ['Authorization' => 'Token 00000000-0000-4000-8000-000000000042'],
    'json' => ['destinations' => [['number' => '35699000001']], 'sms_content' => ['message' => 'Hello from Guzzle']],
]);
echo $answer->getStatusCode(), ' ', $answer->getBody(), "\n";
