<?php

declare(strict_types=1);

/** mock-amp for tests: an account of its own, by a few calls of the control plane. Copy it into your own tests. */
final class MockAmp
{
    private const MISSING = 'mock-amp did not start: install it, or set MOCK_AMP_URL to one that runs';

    private static ?string $server = null;

    private function __construct(public readonly string $url, public readonly string $token, private string $account)
    {
    }

    /** Its own token, its own messages, and a clock that stands still until it is moved. */
    public static function open(): self
    {
        $url = self::$server ??= getenv('MOCK_AMP_URL') ? rtrim(getenv('MOCK_AMP_URL'), '/') : self::start();
        $account = self::call('POST', "$url/__admin/accounts", ['clock' => 'frozen']);

        return new self($url, $account['token'], "$url/__admin/accounts/{$account['id']}");
    }

    /** Lives through `"5m"`, `"3d"` or a number of seconds; back once your receiver has answered all reports. */
    public function advance(string|int $by): void
    {
        self::call('POST', "$this->account/clock/advance", ['by' => $by]);
    }

    /** The name of a shipped scenario, or a document. */
    public function scenario(string|array $scenario): void
    {
        self::call('PUT', "$this->account/scenario", $scenario);
    }

    public function list(string $what, array $filter = []): array
    {
        return self::call('GET', "$this->account/$what?" . http_build_query($filter))['items'];
    }

    public function wait(string $what, array $match): array
    {
        return self::call('POST', "$this->account/wait", ['what' => $what, 'match' => $match])['items'];
    }

    /** What the guest types on the phone; back once it has been posted. */
    public function reply(string $number, string $text): void
    {
        $messages = $this->list('messages', ['to' => $number]);
        $message = end($messages)['id'];
        self::call('POST', "$this->account/messages/$message/reply", ['text' => $text]);
        self::call('POST', "$this->account/wait", ['what' => 'idle']);
    }

    public function close(): void
    {
        self::call('DELETE', $this->account);
    }

    private static function start(): string
    {
        $portFile = sys_get_temp_dir() . '/mock-amp-' . bin2hex(random_bytes(8));
        $quiet = [['null'], ['null'], ['null']];
        $server = @proc_open(['mock-amp', 'serve', '--port', '0', '--port-file', $portFile], $quiet, $pipes)
            ?: throw new RuntimeException(self::MISSING);
        register_shutdown_function(static fn () => proc_terminate($server)); // it takes its file along
        while (!is_file($portFile)) { // there once it answers
            proc_get_status($server)['running'] or throw new RuntimeException(self::MISSING);
            usleep(20_000);
        }

        return 'http://127.0.0.1:' . trim(file_get_contents($portFile));
    }

    private static function call(string $method, string $url, mixed $body = null): ?array
    {
        $call = curl_init($url);
        curl_setopt_array($call, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
            CURLOPT_RETURNTRANSFER => true,
        ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => json_encode($body)]));
        $text = curl_exec($call);
        if ($text === false || curl_getinfo($call, CURLINFO_RESPONSE_CODE) >= 400) {
            throw new RuntimeException("$method $url: " . ($text ?: curl_error($call)));
        }

        return json_decode($text, true);
    }
}
