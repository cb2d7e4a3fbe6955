// A peer to measure against, not a part of the product: what a good Go engineer writes by hand.
//
// net/http on both sides, fan-out under one deadline, sections passed through as json.RawMessage (never re-encoded).
// MODE=std   : counts by json.Unmarshal into []json.RawMessage / struct{Count} (what one writes first)
// MODE=tuned : json.Valid once per section, counts by a top-level scan, pooled buffers, one Write
// The upstreams' base URLs come from MICROSERVICE1_URL … MICROSERVICE4_URL, as the gateway's do.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

type source struct {
	key, name, method, url string
	body                   string
	fallback               string
}

var sources = []source{
	{"users", "microservice1", "GET", os.Getenv("MICROSERVICE1_URL") + "/api/v1/auth/users", "", "[]"},
	{"scraped_accounts", "microservice2", "GET", os.Getenv("MICROSERVICE2_URL") + "/scrapedAccounts", "", "[]"},
	{"metrics", "microservice3", "POST", os.Getenv("MICROSERVICE3_URL") + "/dbquery/user", "{}", `{"items":[],"count":0,"dashboard":[]}`},
	{"dashboard_data", "microservice4", "GET", os.Getenv("MICROSERVICE4_URL") + "/getDashboardInfo", "", "[]"},
}

const maxBody = 16 << 20

// The gateway's default: the 10 MB set takes its time.
const deadline = 10 * time.Second

var client = &http.Client{Transport: &http.Transport{
	DialContext:         (&net.Dialer{Timeout: 300 * time.Millisecond, KeepAlive: 30 * time.Second}).DialContext,
	MaxIdleConns:        1024,
	MaxIdleConnsPerHost: 256,
	IdleConnTimeout:     90 * time.Second,
	DisableCompression:  true,
}}

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func fetch(ctx context.Context, s *source, buf *bytes.Buffer) error {
	var rb io.Reader
	if s.body != "" {
		rb = strings.NewReader(s.body)
	}
	req, err := http.NewRequestWithContext(ctx, s.method, s.url, rb)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if s.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
		return errors.New("status " + strconv.Itoa(resp.StatusCode))
	}
	if n := resp.ContentLength; n > 0 && n < maxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err = buf.ReadFrom(io.LimitReader(resp.Body, maxBody))
	return err
}

type metadata struct {
	TotalUsers    int               `json:"total_users"`
	TotalAccounts int               `json:"total_accounts"`
	TotalPosts    int               `json:"total_posts_analyzed"`
	Timestamp     string            `json:"timestamp"`
	Status        map[string]string `json:"services_status"`
}

// topCount: number of elements of a top-level array known to be valid JSON.
func topCount(b []byte) int {
	depth, n, any := 0, 0, false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			any = true
		case '[', '{':
			if depth == 1 {
				any = true
			}
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 1 {
				n++
			}
		case ' ', '\n', '\t', '\r':
		default:
			any = true
		}
	}
	if any {
		return n + 1
	}
	return 0
}

func aggregate(w http.ResponseWriter, r *http.Request, tuned bool) {
	ctx, cancel := context.WithTimeout(r.Context(), deadline)
	defer cancel()
	var bufs [4]*bytes.Buffer
	var errs [4]error
	var wg sync.WaitGroup
	for i := range sources {
		i := i
		bufs[i] = pool.Get().(*bytes.Buffer)
		bufs[i].Reset()
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = fetch(ctx, &sources[i], bufs[i])
		}()
	}
	wg.Wait()
	var sec [4]json.RawMessage
	var counts [4]int
	failed := 0
	md := metadata{Status: make(map[string]string, 4)}
	for i := range sources {
		s := &sources[i]
		ok := errs[i] == nil
		if ok {
			sec[i] = bufs[i].Bytes()
			if tuned {
				if ok = json.Valid(sec[i]); ok {
					if i == 2 {
						var m struct {
							Count int `json:"count"`
						}
						// the count is a top-level scalar: look for it, do not decode 24 KB
						if k := bytes.Index(sec[i], []byte(`"count":`)); k >= 0 {
							e := k + 8
							for e < len(sec[i]) && (sec[i][e] == ' ' || sec[i][e] >= '0' && sec[i][e] <= '9') {
								e++
							}
							m.Count, _ = strconv.Atoi(string(bytes.TrimSpace(sec[i][k+8 : e])))
						}
						counts[i] = m.Count
					} else {
						counts[i] = topCount(sec[i])
					}
				}
			} else if i == 2 {
				var m struct {
					Count int `json:"count"`
				}
				ok = json.Unmarshal(sec[i], &m) == nil
				counts[i] = m.Count
			} else {
				var a []json.RawMessage
				ok = json.Unmarshal(sec[i], &a) == nil
				counts[i] = len(a)
			}
		}
		switch {
		case !ok:
			failed++
			sec[i] = json.RawMessage(s.fallback)
			md.Status[s.name] = "error"
			if errors.Is(errs[i], context.DeadlineExceeded) {
				md.Status[s.name] = "timeout"
			}
		case counts[i] == 0:
			md.Status[s.name] = "no_data"
		default:
			md.Status[s.name] = "ok"
		}
	}
	md.TotalUsers, md.TotalAccounts, md.TotalPosts = counts[0], counts[1], counts[2]
	md.Timestamp = time.Now().UTC().Format(time.RFC3339Nano)
	mb, _ := json.Marshal(&md)
	out := pool.Get().(*bytes.Buffer)
	out.Reset()
	out.WriteByte('{')
	for i := range sources {
		out.WriteByte('"')
		out.WriteString(sources[i].key)
		out.WriteString(`":`)
		out.Write(sec[i])
		out.WriteByte(',')
	}
	out.WriteString(`"metadata":`)
	out.Write(mb)
	out.WriteByte('}')
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	if failed == len(sources) {
		w.WriteHeader(http.StatusBadGateway)
	}
	w.Write(out.Bytes())
	pool.Put(out)
	for _, b := range bufs {
		pool.Put(b)
	}
}

func main() {
	tuned := os.Getenv("MODE") == "tuned"
	mux := http.NewServeMux()
	mux.HandleFunc("/api/dashboard/consolidated", func(w http.ResponseWriter, r *http.Request) { aggregate(w, r, tuned) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":true}`)
	})
	srv := &http.Server{Addr: os.Args[1], Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 60 * time.Second}
	log.Fatal(srv.ListenAndServe())
}
