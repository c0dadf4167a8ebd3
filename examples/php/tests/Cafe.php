<?php

declare(strict_types=1);

/** The application as the tests run it: a process with a port, an account and a folder of its own. */
final class Cafe
{
    public readonly string $folder;
    /** How long the application has paused between its tries. */
    public array $pauses = [];
    private readonly string $url;
    private $process;

    public function __construct(private readonly MockAmp $amp)
    {
        $this->folder = sys_get_temp_dir() . '/cafe-' . bin2hex(random_bytes(8));
        $port = self::freePort();
        $this->url = "http://127.0.0.1:$port";
        $settings = ['AMP_URL' => $amp->url, 'AMP_TOKEN' => $amp->token, 'PUBLIC_URL' => $this->url];
        $this->process = proc_open(
            [PHP_BINARY, '-S', "127.0.0.1:$port", dirname(__DIR__) . '/public/index.php'],
            [['null'], ['null'], ['null']],
            $pipes,
            env_vars: [...getenv(), ...$settings, 'DATA' => $this->folder],
        );
        while (!$there = @fsockopen('127.0.0.1', $port)) {
            usleep(5_000);
        }
        fclose($there);
    }

    /** By HTTP, as the booking system does it: the status and the document of the answer. */
    public function remind(string $phone): array
    {
        return $this->ask('/reminders', json_encode($this->booking($phone)));
    }

    /** In this process, where a pause moves the clock of the account: the outage passes, and nobody waits. */
    public function remindPatiently(string $phone, ?string $ampUrl = null): array
    {
        $pause = function (int $seconds): void {
            $this->pauses[] = $seconds;
            $this->amp->advance($seconds);
        };
        $sending = new Sending($ampUrl ?? $this->amp->url, $this->amp->token, $this->url, $pause);

        return (new Reminders(new Store($this->folder), $sending))->remind($this->booking($phone));
    }

    public function show(string $id): array
    {
        return $this->ask("/reminders/$id")[1];
    }

    public function close(): void
    {
        proc_terminate($this->process);
        proc_close($this->process);
        array_map('unlink', glob("$this->folder/*"));
        is_dir($this->folder) && rmdir($this->folder);
    }

    /** One that the system gives to nobody who does not ask for it, so that it stays free until we come to it. */
    private static function freePort(): int
    {
        do {
            $port = random_int(20_000, 30_000);
        } while (!@stream_socket_server("tcp://127.0.0.1:$port"));

        return $port;
    }

    private function booking(string $phone): array
    {
        return ['phone' => $phone, 'name' => 'Ana', 'table' => '4', 'at' => '19:30'];
    }

    private function ask(string $path, ?string $body = null): array
    {
        $call = curl_init($this->url . $path);
        curl_setopt_array($call, [CURLOPT_RETURNTRANSFER => true] + ($body ? [CURLOPT_POSTFIELDS => $body] : []));
        $document = json_decode(curl_exec($call), true);

        return [curl_getinfo($call, CURLINFO_RESPONSE_CODE), $document];
    }
}
