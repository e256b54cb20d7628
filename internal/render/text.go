package render

// Foreign returns text that others chose behind head, in lines no wider than the
// terminal; those after the first begin with indent. None of them gives a runner
// an order.
func (s Style) Foreign(head, text, indent string) string {
	return wrapped(head, text, s.Width, indent)
}
