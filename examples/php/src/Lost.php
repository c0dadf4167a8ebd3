<?php

/** Nobody knows whether it was taken. A report will tell if it was. */
final class Lost extends RuntimeException
{
}
