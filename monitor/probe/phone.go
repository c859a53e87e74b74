package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/jard-odi/jard/monitor"
)

// What a modest phone on a mobile network is like.
const (
	phoneWidth, phoneHeight = 360, 740
	phoneSlowness           = 4                          // against the processor of this machine
	phoneLatency            = 150                        // milliseconds there and back
	phoneDown, phoneUp      = 1_600_000 / 8, 750_000 / 8 // bytes a second
	phoneWithin             = 45 * time.Second
)

var errNoBrowser = errors.New("there is no browser")

// OnPhone has the browser load a page as a modest phone does, through the gate
// that every page goes through, and returns what a script of ours says of it.
func (k Kinds) OnPhone(ctx context.Context, target, script string) (string, error) {
	p, ok := k[monitor.Browser].(*pages)
	if !ok || p.base.opts.BrowserURL == "" {
		return "", errNoBrowser
	}
	ctx, cancel := context.WithTimeout(ctx, phoneWithin)
	defer cancel()
	select {
	case p.free <- struct{}{}:
		defer func() { <-p.free }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	w := window{base: p.base, r: &monitor.Reading{}, target: target, phone: script}
	if err := w.look(ctx, monitor.BrowserSettings{}); err != nil {
		return "", fmt.Errorf("load the page on a phone: %w", err)
	}
	return w.said, nil
}

// slow makes the tab a phone, when it should be one.
func (w *window) slow(tab context.Context) error {
	if w.phone == "" {
		return nil
	}
	return errors.Join(
		called(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: phoneWidth, Height: phoneHeight, DeviceScaleFactor: 2, Mobile: true, ScreenWidth: phoneWidth, ScreenHeight: phoneHeight,
		}),
		called(tab, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: phoneSlowness}),
		called(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: phoneLatency, DownloadThroughput: phoneDown, UploadThroughput: phoneUp}},
		}),
	)
}

// ask has the script say what it sees.
func (w *window) ask(tab context.Context) (err error) {
	w.said, err = chromedp.Run(tab, chromedp.Evaluate[string](w.phone, chromedp.EvalAwaitPromise))
	return err
}
