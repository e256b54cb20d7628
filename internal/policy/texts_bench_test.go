package policy

import (
	"strings"
	"testing"
)

func nasty() map[string][2]string {
	r := strings.Repeat
	cut := func(s string) string { return s[:64] }
	return map[string][2]string{
		"plain":       {"refs/heads/release/*", "refs/heads/*/hotfix"},
		"a*":          {cut(r("a*", 32)), cut(r("*a", 32))},
		"a* b*":       {cut(r("a*", 32)), cut(r("b*", 32))},
		"ab":          {cut("*" + r("a*b*", 17)), cut("*" + r("b*a*", 17))},
		"**":          {cut(r("**a", 22)), cut(r("**b", 22))},
		"** same":     {cut(r("**a", 22)), cut(r("a**", 22))},
		"slashes":     {cut("**/*a*" + r("/*", 40)), cut("**" + r("/*", 40))},
		"slashes b":   {cut("**/*a*" + r("/*", 40)), cut("**/*b*" + r("/*", 40))},
		"mixed":       {cut(r("*a**b/", 12)), cut(r("**b*/a", 12))},
		"mixed2":      {cut(r("**a*/", 14)), cut(r("*/**a", 14))},
		"kmp":         {"**" + r("a", 61) + "b", "**" + r("a", 30) + "c" + r("a", 31)},
		"kmp*":        {"*" + r("ab", 31) + "*", "*" + r("ba", 31) + "*"},
		"same":        {cut("**/*a*" + r("/*", 40)), cut("**/*a*" + r("/*", 40))},
		"both a":      {"**" + r("a", 31) + "**" + r("a", 29) + "**", "**" + r("a", 62)},
		"suffix":      {"**" + r("ab*", 20) + "c", "**" + r("ba*", 20) + "c"},
		"hard":        {"*ba*b**b**ba*/*ab/ba*/b*/*ba*/ba*/ba*/ba*/ba*/b**/*b*bb**/*a", "**ba/*b*/*/*/*/*/*/*/*/*/*/*/*aa**/*/***b*/////**//b**/bb*/b"},
		"hard 2":      {"**a*/ba*/*bab/*ba*/*bab/*bab/*bab/*bab/*ba*/*bab/*bbb/*b**/a**", "a*/**a/b**bb**/b**/b**/b**/b**/ab*/***/baa*/b**/b******/a**/a"},
		"slash stars": {cut("**" + r("a*/", 30)), cut("**" + r("*a/", 30))},
	}
}

func BenchmarkNasty(b *testing.B) {
	for name, pair := range nasty() {
		for _, c := range []struct {
			kind string
			t    texts
		}{
			{"overlap", texts{fits: []patterns{globs(pair[0]), globs(pair[1])}}},
			{"inside", texts{fits: []patterns{globs(pair[0])}, misfits: []patterns{globs(pair[1])}}},
			{"outside", texts{fits: []patterns{globs(pair[1])}, misfits: []patterns{globs(pair[0])}}},
			{"neither", texts{fits: []patterns{globs("**")}, misfits: []patterns{globs(pair[0], pair[1])}}},
		} {
			b.Run(name+"/"+c.kind, func(b *testing.B) {
				b.ReportAllocs()
				var v verdict
				work := 0
				for b.Loop() {
					work = searchWork
					_, v = c.t.find(&work)
				}
				b.ReportMetric(float64(searchWork-work), "work")
				b.ReportMetric(float64(v), "verdict")
			})
		}
	}
}
