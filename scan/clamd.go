package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// clamd speaks INSTREAM: pieces, each behind its length, and a length of zero.
type clamd struct {
	network, address string
	timeout          time.Duration
}

// pieceSize is what clamd is sent at once.
const pieceSize = 64 << 10

// answerAtMost bounds what is read of a scanner's answer.
const answerAtMost = 4 << 10

// Scan asks clamd.
func (s *clamd) Scan(ctx context.Context, file io.Reader) (Verdict, error) {
	conn, err := dial(ctx, s.network, s.address, s.timeout)
	if err != nil {
		return Verdict{}, err
	}
	defer conn.Close()
	sent := &whole{file: file}
	sendErr := s.send(conn, sent)
	if sent.failed != nil {
		return Verdict{}, sent.failed
	}
	// clamd answers a file beyond its limit before it has read all of it.
	line, err := bufio.NewReader(io.LimitReader(conn, answerAtMost)).ReadString(0)
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return Verdict{}, fmt.Errorf("ask clamd: %w", errors.Join(sendErr, err))
	}
	return clamdVerdict(line)
}

func (s *clamd) send(conn net.Conn, file io.Reader) error {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+pieceSize)
	for {
		n, err := io.ReadFull(file, buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n)) //nolint:gosec // at most pieceSize
			if _, err := conn.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			_, err = conn.Write(make([]byte, 4))
			return err
		}
		if err != nil {
			return err
		}
	}
}

// clamdVerdict reads "stream: OK" or "stream: Eicar-Signature FOUND".
func clamdVerdict(line string) (Verdict, error) {
	line = strings.Trim(line, "\x00\r\n ")
	_, says, _ := strings.Cut(line, ": ")
	if says == "OK" {
		return Verdict{}, nil
	}
	if name, found := strings.CutSuffix(says, " FOUND"); found {
		return Verdict{true, nameOf(name)}, nil
	}
	return Verdict{}, fmt.Errorf("%w: %q", errAnswer, nameOf(line))
}

// dial opens a connection that ends with the time for one file.
func dial(ctx context.Context, network, address string, timeout time.Duration) (net.Conn, error) {
	until := time.Now().Add(timeout) //nolint:forbidigo // deadlines are of the wall clock
	if asked, ok := ctx.Deadline(); ok && asked.Before(until) {
		until = asked
	}
	d := net.Dialer{Deadline: until}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(until); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
