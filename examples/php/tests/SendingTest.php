<?php

declare(strict_types=1);

require_once __DIR__ . '/CafeTestCase.php';

final class SendingTest extends CafeTestCase
{
    public function testAReminderGoesByViberAndItsStateFollowsTheReports(): void
    {
        [$status, ['id' => $id, 'message_id' => $messageId]] = $this->cafe->remind('35699000001');
        $this->amp->advance('5s');

        $shown = $this->cafe->show($id);
        [$message] = $this->amp->list('messages');
        self::assertSame([201, 'VIBER', 'SEEN'], [$status, $shown['channel'], $shown['status']]);
        self::assertSame($messageId, $message['id']);
        self::assertStringStartsWith('Ana, table 4 at Harbour Café is yours at 19:30. ', $message['text']);
    }

    public function testAGuestWithoutViberGetsAnSms(): void
    {
        [, ['id' => $id]] = $this->cafe->remind('99900000003');
        $this->amp->advance('5s');

        $shown = $this->cafe->show($id);
        self::assertSame(['SMS', 'DELIVRD'], [$shown['channel'], $shown['status']]);
    }

    public function testASendThatIsThrottledIsTriedAgainWhenTheServiceSaysSo(): void
    {
        $busy = ['name' => 'busy', 'match' => ['nth' => ['first' => 2]], 'status' => 429, 'retry_after' => 7];
        $this->amp->scenario(['name' => 'throttled-twice', 'requests' => [$busy]]);

        [$status] = $this->cafe->remindPatiently('35699000001');

        self::assertSame([201, [7, 7]], [$status, $this->cafe->pauses]);
        self::assertCount(1, $this->amp->list('messages'));
    }

    public function testAnOutageOfHalfAMinuteIsSatOut(): void
    {
        $this->amp->scenario('outage');
        $this->amp->advance('12s');

        [$status] = $this->cafe->remindPatiently('35699000001');

        self::assertSame([201, [30]], [$status, $this->cafe->pauses]);
    }

    public function testAnOutageWithoutAnEndIsToldToWhoeverAskedAfterFourTries(): void
    {
        $this->amp->scenario(['name' => 'down', 'requests' => [['name' => 'all', 'status' => 503]]]);

        [$status, ['id' => $id]] = $this->cafe->remindPatiently('35699000001');

        self::assertSame([503, [1, 2, 4]], [$status, $this->cafe->pauses]);
        self::assertSame('NOT SENT', $this->cafe->show($id)['status']);
    }

    public function testWhereNobodyListensItIsTriedAgainTooAsNothingCanHaveBeenTaken(): void
    {
        [$status] = $this->cafe->remindPatiently('35699000001', 'http://127.0.0.1:9');

        self::assertSame([503, [1, 2, 4]], [$status, $this->cafe->pauses]);
    }

    public function testASendWhoseAnswerIsLostIsNotSentTwiceAndTheReportsTellHowItWent(): void
    {
        $this->amp->scenario(['name' => 'lost', 'requests' => [['name' => 'all', 'cut' => 'before']]]);

        [$status, ['id' => $id]] = $this->cafe->remind('35699000001');
        $this->amp->advance('5s');

        self::assertSame([202, 'SEEN'], [$status, $this->cafe->show($id)['status']]);
        self::assertCount(1, $this->amp->list('messages'));
    }

    public function testARefusalComesWithTheReason(): void
    {
        [$status, ['error' => $error]] = $this->cafe->remind('+356 9900 0001');

        self::assertSame(422, $status);
        self::assertStringContainsString('Value [+356 9900 0001] does not match', $error);
    }
}
