package browser_test

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// unsound lists what keeps somebody from using the page: who listens to it, who
// has no mouse, who has a phone. Contrast is internal/portal's to test.
const unsound = `(() => {
	const wrong = [];
	const all = s => [...document.querySelectorAll(s)];
	const seen = e => e.checkVisibility();
	if (!document.documentElement.lang) wrong.push('the page does not say its language');
	if (!document.title.trim()) wrong.push('the page has no title');
	for (const one of ['main', 'header', 'footer', 'h1'])
		if (all(one).length !== 1) wrong.push('there is not one ' + one + ' but ' + all(one).length);
	let level = 0;
	for (const h of all('h1,h2,h3,h4,h5,h6').filter(h => !h.closest('.summary'))) {
		const next = +h.tagName[1];
		if (next > level + 1) wrong.push('a heading is skipped before ' + h.textContent);
		if (!h.textContent.trim()) wrong.push('a heading says nothing');
		level = next;
	}
	for (const e of all('input:not([type=hidden]),select,textarea'))
		if (![...e.labels].some(l => l.textContent.trim()) && !e.getAttribute('aria-label')) wrong.push('nothing says what ' + e.name + ' is');
	for (const e of all('a[href],button'))
		if (!(e.textContent.trim() || e.getAttribute('aria-label'))) wrong.push('a link or a button says nothing: ' + e.outerHTML);
	for (const e of all('img')) if (!e.hasAttribute('alt')) wrong.push('an image has no alt');
	for (const e of all('table')) if (!e.caption || !e.querySelector('th')) wrong.push('a table has no caption or no headings');
	for (const e of all('nav')) if (!e.getAttribute('aria-label')) wrong.push('a nav does not say which');
	for (const e of all('[tabindex]')) if (e.tabIndex > 0) wrong.push('the order of the keyboard is not the page\'s');
	const ids = all('[id]').map(e => e.id);
	for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('two things are called ' + id);
	for (const e of all('[aria-describedby]'))
		for (const id of e.getAttribute('aria-describedby').split(' ')) if (!document.getElementById(id)) wrong.push(id + ' describes and is not there');
	for (const e of all('a[href^="#"]')) if (!document.getElementById(e.getAttribute('href').slice(1))) wrong.push(e.href + ' leads nowhere');
	for (const e of all('a,button,input,select,summary').filter(seen)) {
		const box = e.getBoundingClientRect(), inText = getComputedStyle(e).display === 'inline';
		if (!inText && box.height < 24 && !e.classList.contains('skip')) wrong.push('too small to touch: ' + e.outerHTML);
	}
	if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page is ' + document.documentElement.scrollWidth + ' wide, its screen ' + innerWidth);
	return wrong;
})()`

// sound fails the test for what is wrong with the page, on a desk and on a phone,
// and for what the browser refused. It returns the tab to the desk.
func (b *tab) sound(name string) {
	b.Helper()
	for _, pixels := range []int64{320, phone, desk} {
		b.width(pixels)
		for _, wrong := range eval[[]string](b, unsound) {
			b.Errorf("%s, %d pixels wide: %s", name, pixels, wrong)
		}
		if pixels != 320 {
			b.draw(name, pixels)
		}
	}
	for _, complaint := range b.complaints() {
		b.Errorf("%s: the browser says %s", name, complaint)
	}
}

// draw leaves a picture of the page for whoever asked for pictures.
func (b *tab) draw(name string, pixels int64) {
	b.Helper()
	if *pictures == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatalf("draw %s: %v", name, err)
	}
	file := strings.ReplaceAll(name, " ", "-") + map[bool]string{true: "-phone", false: ""}[pixels == phone] + ".png"
	if err := os.WriteFile(filepath.Join(*pictures, file), picture, 0o600); err != nil {
		b.Fatal(err)
	}
}
