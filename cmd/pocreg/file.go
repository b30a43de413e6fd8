package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeOwn puts text, at once, into a file that its owner alone may read, also
// where others could read the one that was there before. What is no file, such as
// a pipe, is written to as it is.
func writeOwn(name string, text []byte) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	there, err := os.Stat(name)
	switch {
	case err == nil && !there.Mode().IsRegular():
		return os.WriteFile(name, text, 0o600)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
