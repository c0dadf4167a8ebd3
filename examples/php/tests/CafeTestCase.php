<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/MockAmp.php';
require_once __DIR__ . '/Cafe.php';

/** Each test has an account and an application of its own. */
abstract class CafeTestCase extends TestCase
{
    protected MockAmp $amp;
    protected Cafe $cafe;

    protected function setUp(): void
    {
        $this->amp = MockAmp::open();
        $this->cafe = new Cafe($this->amp);
    }

    protected function tearDown(): void
    {
        $this->cafe->close();
        $this->amp->close();
    }
}
