// A cable between two switches that takes its time: frames that come in at one end leave at the other a while later, in order.
//
// For kernels without netem. Usage: cable NAME NAME MICROSECONDS; makes two TAP devices, says "ready", and forwards between them until
// it is ended.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const (
	largestFrame = 65536
	// From linux/if_tun.h, linux/sched.h and poll.h.
	iffTap    = 0x0002
	iffNoPI   = 0x1000
	schedFIFO = 1
	pollIn    = 1
)

type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

// A frame on its way.
type frame struct {
	due  time.Time
	to   int
	data []byte
}

func tap(name string) (int, error) {
	device, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("/dev/net/tun: %w", err)
	}
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:syscall.IFNAMSIZ-1], name)
	request.flags = iffTap | iffNoPI
	_, _, failure := syscall.Syscall(syscall.SYS_IOCTL, uintptr(device), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&request)))
	if failure != 0 {
		return 0, fmt.Errorf("%s: %w", name, failure)
	}
	return device, nil
}

func forward(ends [2]int, delay time.Duration) error {
	polled := []pollFd{{fd: int32(ends[0]), events: pollIn}, {fd: int32(ends[1]), events: pollIn}}
	var underway []frame
	var spare [][]byte
	for {
		var patience *syscall.Timespec
		if len(underway) > 0 {
			left := syscall.NsecToTimespec(max(0, time.Until(underway[0].due).Nanoseconds()))
			patience = &left
		}
		_, _, failure := syscall.Syscall6(
			syscall.SYS_PPOLL,
			uintptr(unsafe.Pointer(&polled[0])), uintptr(len(polled)), uintptr(unsafe.Pointer(patience)), 0, 0, 0,
		)
		if failure != 0 && failure != syscall.EINTR {
			return fmt.Errorf("ppoll: %w", failure)
		}
		for from, end := range polled {
			for end.revents&pollIn != 0 {
				var buffer []byte
				if last := len(spare) - 1; last >= 0 {
					buffer, spare = spare[last], spare[:last]
				} else {
					buffer = make([]byte, largestFrame)
				}
				size, err := syscall.Read(ends[from], buffer)
				if err != nil || size <= 0 {
					spare = append(spare, buffer)
					break
				}
				underway = append(underway, frame{time.Now().Add(delay), ends[1-from], buffer[:size]})
			}
		}
		now := time.Now()
		left := 0
		for left < len(underway) && !underway[left].due.After(now) {
			// Where the device is down, or full, the frame is lost, as on any cable.
			_, _ = syscall.Write(underway[left].to, underway[left].data)
			spare = append(spare, underway[left].data[:largestFrame])
			left++
		}
		underway = append(underway[:0], underway[left:]...)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: cable NAME NAME MICROSECONDS")
	}
	delay, err := strconv.Atoi(args[2])
	if err != nil {
		return fmt.Errorf("MICROSECONDS: %w", err)
	}
	var ends [2]int
	for index := range ends {
		if ends[index], err = tap(args[index]); err != nil {
			return err
		}
	}
	// What it stands for does not wait for a processor. Where this is not allowed, it does.
	runtime.LockOSThread()
	priority := int32(10)
	_, _, _ = syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, 0, schedFIFO, uintptr(unsafe.Pointer(&priority)))
	fmt.Println("ready")
	return forward(ends, time.Duration(delay)*time.Microsecond)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cable:", err)
		os.Exit(1)
	}
}
