<?php

declare(strict_types=1);

require_once __DIR__ . '/CafeTestCase.php';

final class CallbacksTest extends CafeTestCase
{
    public function testAPhoneThatIsOffGetsAnSmsAfterHalfAnHourAndAfterThreeDaysHasHadNeither(): void
    {
        [, ['id' => $id]] = $this->cafe->remind('99900000004');
        $this->amp->advance('31m');
        $channel = $this->cafe->show($id)['channel'];
        $this->amp->advance('3d');

        self::assertSame(['SMS', 'EXPIRED'], [$channel, $this->cafe->show($id)['status']]);
    }

    public function testReportsThatCouldNotBeStoredComeAgainFiveMinutesLater(): void
    {
        [, ['id' => $id]] = $this->cafe->remind('35699000001');
        $this->amp->wait('callbacks', ['state' => 'delivered']);
        $inTheWay = "{$this->cafe->folder}/$id.json.new"; // where the application writes
        mkdir($inTheWay);
        $this->amp->advance('5s');
        rmdir($inTheWay);
        self::assertSame('INTERNAL', $this->cafe->show($id)['channel']);

        $this->amp->advance('5m');

        self::assertSame('SEEN', $this->cafe->show($id)['status']);
        [$callback] = $this->amp->list('callbacks', ['body.data.status' => 'SEEN']);
        self::assertSame([500, 200], array_column($callback['attempts'], 'status'));
    }

    public function testReportsThatComeTwiceLateAndOutOfOrderDoNoHarm(): void
    {
        $this->amp->scenario('flaky-receiver');
        $sent = array_map($this->cafe->remind(...), ['35699000001', '35699000002', '35699000003']);

        $this->amp->advance('20m');

        $shown = array_map(fn (array $each) => $this->cafe->show($each[1]['id'])['status'], $sent);
        self::assertSame(['SEEN', 'SEEN', 'SEEN'], $shown);
        self::assertNotEmpty(array_filter(array_column($this->amp->list('callbacks'), 'injected')));
    }

    /** @dataProvider answers */
    public function testAGuestAnswersByAReply(string $text, ?string $answer): void
    {
        [, ['id' => $id]] = $this->cafe->remind('35699000001');
        $this->amp->advance('5s');

        $this->amp->reply('35699000001', $text);

        self::assertSame($answer, $this->cafe->show($id)['answer']);
    }

    public static function answers(): array
    {
        return [['Yes', 'confirmed'], [' no ', 'cancelled'], ['Who is this?', null]];
    }

    public function testTheLastWordOfAGuestCountsThoughTheFirstOneComesLater(): void
    {
        $lost = ['name' => 'the first is lost', 'match' => ['kind' => 'reply', 'nth' => 1], 'fail_first' => 1];
        $this->amp->scenario(['name' => 'bad-way', 'callbacks' => [$lost]]);
        [, ['id' => $id]] = $this->cafe->remind('35699000001');
        $this->amp->advance('5s');

        $this->amp->reply('35699000001', 'Yes');
        $this->amp->advance('1m');
        $this->amp->reply('35699000001', 'No');
        $this->amp->advance('5m');

        self::assertCount(2, $this->amp->list('callbacks', ['kind' => 'reply', 'state' => 'delivered']));
        self::assertSame('cancelled', $this->cafe->show($id)['answer']);
    }
}
