package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// measureMemory tells what `serve` holds after all that was measured.
func (b *bench) measureMemory(context.Context) error {
	name := fmt.Sprintf("/proc/%d/status", b.server.pid)
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("only Linux tells how much memory a process holds: %w", err)
	}
	sizes := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if kilobytes, err := strconv.Atoi(number); err == nil {
			sizes[key] = float64(kilobytes) * 1024 / 1e6
		}
	}
	if sizes["VmRSS"] == 0 || sizes["VmHWM"] == 0 {
		return fmt.Errorf("%s does not tell the size of the process", name)
	}
	b.found(finding{
		What: "memory of serve after all that", Got: sizes["VmRSS"], Unit: "MB", Aim: atMost(250),
		Detail: fmt.Sprintf("%.0f MB at its most", sizes["VmHWM"]),
	})
	return nil
}
