<?php

/** The service understood, and will not send this: the reason is for the caller. */
final class Refused extends RuntimeException
{
}
