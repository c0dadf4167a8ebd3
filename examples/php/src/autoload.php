<?php

// Composer's autoloader does the same; without it the application runs where there is nothing but PHP.
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . "/$class.php";
    if (is_file($file)) {
        require $file;
    }
});
