<?php

declare(strict_types=1);

/** Sends one reminder to one guest by Viber, and by SMS where Viber does not reach. */
final class Sending
{
    private const TRIES = 4;
    private const LONGEST_PAUSE = 30; // seconds; whoever posts a reminder waits for us meanwhile

    private const TEXT = '{#NAME}, table {#TABLE} at Harbour Café is yours at {#AT}. ';

    private readonly Closure $pause;

    /** `$pause` takes seconds; a test that moves a clock gives its own. */
    public function __construct(
        private readonly string $ampUrl,
        private readonly string $token,
        private readonly string $publicUrl,
        ?Closure $pause = null,
    ) {
        $this->pause = $pause ?? static fn (int $seconds) => sleep($seconds);
    }

    /** The message id. */
    public function send(array $reminder): string
    {
        $body = json_encode($this->request($reminder), JSON_THROW_ON_ERROR);
        for ($attempt = 1; ; $attempt++) {
            [$status, $document, $retryAfter] = $this->post($body);
            if ($status === 200) {
                return array_values($document['results'] ?? [])[0]['message_id'] ?? throw new Lost('Half an answer');
            }
            $reason = $document['result_info']['description'] ?? "The service answered $status";
            if ($status === 400 || $status === 403) {
                throw new Refused($reason);
            }
            // 429 and 503 say that nothing was taken: a second try cannot remind a guest twice. No other answer does.
            if ($status !== 429 && $status !== 503) {
                throw $status < 500 ? new Unavailable($reason) : new Lost($reason);
            }
            if ($attempt === self::TRIES) {
                throw new Unavailable($reason);
            }
            ($this->pause)(min($retryAfter ?: 2 ** ($attempt - 1), self::LONGEST_PAUSE));
        }
    }

    private function request(array $reminder): array
    {
        ['id' => $id, 'phone' => $phone, 'name' => $name, 'table' => $table, 'at' => $at] = $reminder;

        return [
            // Reports and replies come back with the job id. They may overtake the answer to the send, which has the
            // message id, so that our own id is the one to know them by.
            'job_id' => $id,
            // The guest's words travel as params: they are filled in once, and cannot be taken for placeholders.
            'destinations' => [['number' => $phone, 'params' => ['NAME' => $name, 'TABLE' => $table, 'AT' => $at]]],
            'message_plan' => 'FEATURE_RICH', // in our order, not the cheapest first: Viber can be answered, SMS cannot
            'im_content' => [[
                'channel' => 'VIBER',
                'content' => self::TEXT . 'Will you come? Reply YES or NO.',
                'ttl' => 1800, // half an hour unread in a drawer, and the SMS goes
            ]],
            'sms_content' => [
                'message' => self::TEXT . 'Call 2122 0042 if you cannot come.',
                'encoding' => 'UCS2', // GSM7 would show 東京 as ??, and guests have names in every script
            ],
            'callback_url' => "$this->publicUrl/amp/reports",
            'reply_url' => "$this->publicUrl/amp/replies",
        ];
    }

    /** Its status, its document if it is one, and after how many seconds to try again. */
    private function post(string $body): array
    {
        $retryAfter = 0;
        $call = curl_init("$this->ampUrl/1/im");
        curl_setopt_array($call, [
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HTTPHEADER => ["Authorization: Token $this->token", 'Content-Type: application/json', 'Expect:'],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 10,
            CURLOPT_HEADERFUNCTION => static function ($call, string $line) use (&$retryAfter): int {
                if (stripos($line, 'Retry-After:') === 0) {
                    $retryAfter = (int) substr($line, strlen('Retry-After:'));
                }

                return strlen($line);
            },
        ]);
        $text = curl_exec($call);
        if (in_array(curl_errno($call), [CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST], true)) {
            return [503, ['result_info' => ['description' => curl_error($call)]], 0]; // it never got there
        }
        if ($text === false) {
            throw new Lost('No answer: ' . curl_error($call));
        }

        return [curl_getinfo($call, CURLINFO_RESPONSE_CODE), json_decode($text, true), $retryAfter];
    }
}
