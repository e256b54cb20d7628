package session

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/autoken/autoken/internal/fault"
)

// Forwarded are the signals that exec receives. Windows sends Ctrl-C to the
// child itself, which shares the console.
var Forwarded = []os.Signal{os.Interrupt}

// startTree starts the command in a job object, so that its whole tree ends with
// it. cmd.exe parses a batch file's arguments again, in ways Go does not quote
// for, so those that it would act on are refused.
func startTree(cmd *exec.Cmd, argv []string) error {
	if ext := strings.ToLower(filepath.Ext(cmd.Path)); ext == ".bat" || ext == ".cmd" {
		if strings.ContainsAny(strings.Join(argv[1:], ""), "\"%^&|<>()!\r\n") {
			return fault.New(fault.Usage, "a batch file cannot be given arguments with any of \" %% ^ & | < > ( ) ! or line breaks safely").
				WithHint("put them into the batch file, or into variables")
		}
	}
	job, err := newJob()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(cmd.Process.Pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	return windows.AssignProcessToJobObject(job, process)
}

// newJob returns a job object whose processes end when the last handle to it
// does, which is when this process ends.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return job, err
}

func stateCode(state *os.ProcessState) int { return state.ExitCode() }
