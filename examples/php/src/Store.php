<?php

declare(strict_types=1);

/** Each reminder is a file of its own. Enough for a café; use your database. */
final class Store
{
    public function __construct(private readonly string $folder)
    {
    }

    public function get(mixed $id): ?array
    {
        $file = $this->file($id);

        return $file !== null && is_file($file) ? json_decode(file_get_contents($file), true) : null;
    }

    public function add(array $reminder): array
    {
        if (!is_dir($this->folder)) {
            mkdir($this->folder, recursive: true);
        }

        return $this->write($this->file($reminder['id']), $reminder);
    }

    /**
     * Reads, changes and writes, one after the other where several processes serve: two reports at a time must not
     * overwrite each other. Nothing happens to a reminder that there is not.
     */
    public function change(mixed $id, Closure $how): ?array
    {
        if ($this->get($id) === null) {
            return null;
        }
        $lock = fopen("$this->folder/lock", 'c');
        flock($lock, LOCK_EX);

        return $this->write($this->file($id), $how($this->get($id))); // the lock goes with its variable
    }

    /** Written beside and renamed: who reads meanwhile, or after a crash, has all of the old or all of the new. */
    private function write(string $file, array $reminder): array
    {
        $text = json_encode($reminder, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
        if (@file_put_contents("$file.new", $text) !== strlen($text) || !rename("$file.new", $file)) {
            throw new RuntimeException("Cannot write $file");
        }

        return $reminder;
    }

    /** Ids come from outside: only what looks like one of ours becomes the name of a file. */
    private function file(mixed $id): ?string
    {
        return is_string($id) && preg_match('/^[0-9a-f]{32}$/D', $id) ? "$this->folder/$id.json" : null;
    }
}
