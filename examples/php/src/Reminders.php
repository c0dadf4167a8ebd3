<?php

declare(strict_types=1);

/** Takes reminders from the booking system, reports and replies from the service. Answers a status and a document. */
final class Reminders
{
    public function __construct(private readonly Store $store, private readonly Sending $sending)
    {
    }

    public function answer(string $method, string $path, string $text): array
    {
        $body = json_decode($text, true);
        if ($method === 'POST' && !is_array($body)) {
            return [400, ['error' => 'Not a JSON object']];
        }
        if (preg_match('~^/reminders/(.+)$~', $path, $found)) {
            $reminder = $this->store->get($found[1]);

            return $reminder === null ? [404, ['error' => 'There is no such reminder']] : [200, $reminder];
        }

        return match ("$method $path") {
            'POST /reminders' => $this->remind($body),
            'POST /amp/reports' => $this->takeReports($body),
            'POST /amp/replies' => $this->takeReply($body),
            default => [404, ['error' => 'There is no such thing here']],
        };
    }

    public function remind(array $body): array
    {
        $reminder = ['id' => bin2hex(random_bytes(16))];
        foreach (['phone', 'name', 'table', 'at'] as $key) {
            if (!is_string($body[$key] ?? null) || $body[$key] === '') {
                return [400, ['error' => 'phone, name, table and at are needed, as texts']];
            }
            $reminder[$key] = $body[$key];
        }
        $reminder += ['message_id' => null, 'status' => 'SENDING', 'channel' => null, 'reported_at' => 0];
        $reminder += ['answer' => null, 'answered_at' => 0];
        // Kept before it is sent: the first report may be here before the answer is.
        $id = $this->store->add($reminder)['id'];
        try {
            $found = ['message_id' => $this->sending->send($reminder)];

            return [201, $this->store->change($id, static fn (array $now) => [...$now, ...$found])];
        } catch (Lost) {
            return [202, $this->store->get($id)]; // not sent again: better no reminder than two
        } catch (Refused | Unavailable $error) {
            [$status, $state] = $error instanceof Refused ? [422, 'REFUSED'] : [503, 'NOT SENT'];
            $this->store->change($id, static fn (array $now) => [...$now, 'status' => $state]);

            return [$status, ['id' => $id, 'error' => $error->getMessage()]];
        }
    }

    /** Only 200 counts as taken, and only what is stored is answered so. Jobs that are not ours are nobody's fault. */
    private function takeReports(array $body): array
    {
        $this->store->change(
            $body['client_job_id'] ?? null,
            static fn (array $reminder) => array_reduce($body['data'] ?? [], self::newest(...), $reminder),
        );

        return [200, new stdClass()];
    }

    /** Reports come twice, and late ones after later ones: the time of the status decides, not the order of posts. */
    private static function newest(array $reminder, array $report): array
    {
        if ($report['micro_timestamp'] < $reminder['reported_at']) {
            return $reminder;
        }
        ['message_id' => $id, 'type' => $type, 'status' => $status, 'micro_timestamp' => $at] = $report;

        return [...$reminder, 'message_id' => $id, 'channel' => $type, 'status' => $status, 'reported_at' => $at];
    }

    /** The guest's last word counts. A reply that is posted again has the same time, and changes nothing. */
    private function takeReply(array $body): array
    {
        $answers = ['YES' => 'confirmed', 'NO' => 'cancelled'];
        $said = $answers[strtoupper(trim($body['message']['text'] ?? ''))] ?? null;
        if ($said !== null) {
            $at = $body['micro_timestamp'];
            $new = ['answer' => $said, 'answered_at' => $at];
            $this->store->change(
                $body['client_job_id'] ?? null,
                static fn (array $reminder) => $at > $reminder['answered_at'] ? [...$reminder, ...$new] : $reminder,
            );
        }

        return [200, new stdClass()];
    }
}
