<?php

declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

try {
    $settings = static fn (string $name, ?string $usual = null): string => getenv($name) ?: $usual
        ?? throw new RuntimeException("$name is not set: your token, or where the service reaches this application");
    $folder = $settings('DATA', __DIR__ . '/../data');
    $sending = new Sending(
        $settings('AMP_URL', 'https://rest.fortytwo.com'),
        $settings('AMP_TOKEN'),
        $settings('PUBLIC_URL'),
    );
    $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    $reminders = new Reminders(new Store($folder), $sending);
    [$status, $document] = $reminders->answer($_SERVER['REQUEST_METHOD'], $path, file_get_contents('php://input'));
} catch (Throwable $error) {
    // To a report this says: not safe with us, post it again in five minutes.
    error_log((string) $error);
    [$status, $document] = [500, ['error' => 'Something went wrong here']];
}
http_response_code($status);
header('Content-Type: application/json');
echo json_encode($document, JSON_UNESCAPED_UNICODE);
