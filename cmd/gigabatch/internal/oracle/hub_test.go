package oracle

import (
	"fmt"

	"gigabatch/internal/jobs/queue/hub"
)

// serveHub is a server of NATS in a process of its own, until that is killed. It prints its URL.
func serveHub(store, address string) error {
	h, err := hub.Start(hub.Options{Address: address, Store: store})
	if err != nil {
		return err
	}
	fmt.Println(h.URL())
	select {}
}
