<?php

/** Nothing was sent: another time may do. */
final class Unavailable extends RuntimeException
{
}
