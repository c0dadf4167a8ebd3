package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
)

func main() {
	body := strings.NewReader(`{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello from Go"}}`)
	request, err := http.NewRequest("POST", "https://rest.fortytwo.com/1/im", body)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Token 00000000-0000-4000-8000-000000000042")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.StatusCode, string(text))
}
