// pacer URL RATE SECONDS [USERS [FIELD]]: so many requests a second, whether the earlier ones are answered or not. Prints a line for each: when
// it was sent, how long it took (seconds), its status (0: none), whether the document is complete, whether there is a Retry-After.
// {user} in the URL is a number from 1 to USERS, in turns; so it is in FIELD, a header field ("X-Forwarded-For: 192.0.2.{user}").
//
// A program of its own because Python, at a thousand and a half requests a second, is tens of milliseconds late itself.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

type told struct {
	sent, took    float64
	status        int
	whole, waitIt bool
}

func main() {
	rate, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		panic(err)
	}
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	if err != nil {
		panic(err)
	}
	users := 1
	if len(os.Args) > 4 {
		if users, err = strconv.Atoi(os.Args[4]); err != nil {
			panic(err)
		}
	}
	field, value := "", ""
	if len(os.Args) > 5 {
		field, value, _ = strings.Cut(os.Args[5], ": ")
	}
	client := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 10000, DisableCompression: true}, Timeout: 10 * time.Second}
	answers := make([]told, int(rate*seconds))
	var group sync.WaitGroup
	start := time.Now()
	for i := range answers {
		if wait := time.Until(start.Add(time.Duration(float64(i) / rate * 1e9))); wait > 0 {
			time.Sleep(wait)
		}
		group.Add(1)
		user := strconv.Itoa(i%users + 1)
		request, err := http.NewRequest("GET", strings.ReplaceAll(os.Args[1], "{user}", user), nil)
		if err != nil {
			panic(err)
		}
		if field != "" {
			request.Header.Set(field, strings.ReplaceAll(value, "{user}", user))
		}
		go func(answer *told) {
			defer group.Done()
			sent := time.Now()
			answer.sent = sent.Sub(start).Seconds()
			if response, err := client.Do(request); err == nil {
				body, _ := io.ReadAll(response.Body)
				response.Body.Close()
				answer.status = response.StatusCode
				answer.whole = bytes.Contains(body, []byte(`"complete":true`))
				answer.waitIt = response.Header.Get("Retry-After") != ""
			}
			answer.took = time.Since(sent).Seconds()
		}(&answers[i])
	}
	group.Wait()
	out := bufio.NewWriter(os.Stdout)
	for _, a := range answers {
		fmt.Fprintf(out, "%.6f %.6f %d %t %t\n", a.sent, a.took, a.status, a.whole, a.waitIt)
	}
	out.Flush()
}
