package portal

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty border that a QR code needs, in modules (ISO/IEC 18004).
const quiet = 4

// drawing is a QR code as the path of an SVG, one unit a module: it is sharp at
// any size, on paper too, and nothing but the page holds it.
type drawing struct {
	Size int
	Path string
}

// drawQR draws what a camera reads as text.
func drawQR(text string) (drawing, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return drawing{}, fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if code.At(x, y) == color.Black {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return drawing{Size: size + 2*quiet, Path: path.String()}, nil
}
