package broker

import (
	"context"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
)

// lanes bound how many requests wait for each platform at once, so that one that
// hangs costs the others nothing. Only what the policy or a lease admitted gets
// here: strangers cannot take a place from anybody.
type lanes map[string]chan struct{}

// queueTime is how long a request waits for its turn at a platform.
const queueTime = time.Second

func newLanes(connections map[string]platform.Connection, width int) lanes {
	all := lanes{}
	for name := range connections {
		all[name] = make(chan struct{}, width)
	}
	return all
}

// enter waits for a turn at a connection, which lasts until leave is called.
func (l lanes) enter(ctx context.Context, connection string) (leave func(), err error) {
	lane := l[connection]
	leave = func() { <-lane }
	select {
	case lane <- struct{}{}:
		return leave, nil
	default:
	}
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case lane <- struct{}{}:
		return leave, nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil, fault.New(fault.Unavailable, "connection %s has all its requests in work", connection).After(queueTime)
}
