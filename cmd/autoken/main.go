// Autoken gives CI jobs short-lived credentials.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"golang.org/x/term"

	"github.com/autoken/autoken/internal/cli"
)

// version is set when a release is built.
var version = "dev"

func main() {
	app := &cli.App{
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Environ:  os.Environ(),
		Now:      func() time.Time { return time.Now().UTC() }, // nobody is shown local time, and reading the zone takes time
		Started:  time.Now(),
		Notify:   signal.Notify,
		Terminal: terminal,
		Protect:  protect,
		Version:  version,
		Build:    build,
	}
	os.Exit(app.Run(context.Background(), os.Args[1:]))
}

// terminal returns how wide the terminal behind a stream is.
func terminal(stream any) (columns int, ok bool) {
	file, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	return columns, err == nil
}

func build() cli.Build {
	b := cli.Build{Version: version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			b.Time, _ = time.Parse(time.RFC3339, s.Value)
		}
	}
	return b
}
