package importer_test

import (
	"fmt"
	"testing"

	"pocreg.example/internal/importer"
)

// BenchmarkTenThousandContacts says how long a file of ten thousand contacts takes:
// new, unchanged, changed in every row, and exported.
func BenchmarkTenThousandContacts(b *testing.B) {
	const many = 10_000
	rows := func(note string) string {
		list := make([]cells, many)
		for i := range list {
			list[i] = desk("external_ids", fmt.Sprintf("misp:%d", i), "office_title", fmt.Sprintf("Valvelaud %d", i), "note", note,
				"channel_1_value", fmt.Sprintf("+3726%06d", i), "channel_2_type", "email", "channel_2_value", fmt.Sprintf("duty%d@cert-ee.example", i),
				"channel_3_type", "phone", "channel_3_usage", "mobile", "channel_3_value", fmt.Sprintf("+37255%06d", i), "channel_3_audience", "selected: PL EU")
		}
		return file(b, list...)
	}
	for b.Loop() {
		b.StopTimer()
		w, before, after := newWorld(b), rows("before"), rows("after")
		b.StartTimer()
		for _, step := range []struct {
			name, text string
			want       func(importer.Report) int
		}{
			{"new", before, func(r importer.Report) int { return r.Created }},
			{"unchanged", before, func(r importer.Report) int { return r.Unchanged }},
			{"changed", after, func(r importer.Report) int { return r.Changed }},
		} {
			start := b.Elapsed()
			if n := step.want(w.take(b, delegate, importer.Contacts, step.text)); n != many {
				b.Fatalf("%s: %d contacts, want %d", step.name, n, many)
			}
			b.ReportMetric((b.Elapsed() - start).Seconds(), step.name+"-s")
		}
		start := b.Elapsed()
		export := w.export(b, delegate, "EE")
		b.ReportMetric((b.Elapsed() - start).Seconds(), "export-s")
		b.SetBytes(int64(len(export)))
	}
}
