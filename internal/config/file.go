package config

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/spf13/viper"

	"github.com/autoken/autoken/internal/fault"
)

// file reads the settings file that --config or AUTOKEN_CONFIG names.
func (src Source) file(v *viper.Viper, env map[string]any) error {
	if !slices.ContainsFunc(src.Settings, func(s Setting) bool { return s.Name == "config" }) {
		return nil
	}
	name, _ := env["config"].(string)
	if flag := src.Flags.Lookup("config"); flag != nil && flag.Changed {
		name = flag.Value.String()
	}
	if name == "" {
		return nil
	}
	text, err := src.ReadFile(name)
	if err != nil {
		return fault.New(fault.Usage, "reading settings: %w", err)
	}
	return src.merge(v, name, text)
}

func (src Source) merge(v *viper.Viper, name string, text []byte) error {
	file := viper.New()
	file.SetConfigType("yaml")
	if err := file.ReadConfig(bytes.NewReader(text)); err != nil {
		return fault.New(fault.Usage, "reading settings: %s: %w", name, err)
	}
	values := map[string]any{}
	for key, value := range file.AllSettings() {
		parsed, err := parseKey(key, value)
		if err != nil {
			return fault.New(fault.Usage, "reading settings: %s: %w", name, err).
				WithHint("the settings: autoken help environment")
		}
		values[key] = parsed
	}
	if err := v.MergeConfigMap(values); err != nil {
		return fault.New(fault.Usage, "reading settings: %s: %w", name, err)
	}
	return nil
}

// parseKey reads one setting of a file as strictly as a flag: viper alone would
// take what it cannot read for zero, and 60 for 60 nanoseconds.
func parseKey(key string, value any) (any, error) {
	i := slices.IndexFunc(Settings, func(s Setting) bool { return s.Name == key })
	if i < 0 {
		return nil, fmt.Errorf("there is no setting %q", key)
	}
	items, isList := value.([]any)
	if _, wantsList := Settings[i].Default.([]string); isList && wantsList {
		var texts []string
		for _, item := range items {
			texts = append(texts, fmt.Sprint(item))
		}
		return texts, nil
	}
	switch value.(type) {
	case string, bool, int:
		return Settings[i].parse(key, fmt.Sprint(value))
	default:
		return nil, fmt.Errorf("%s is not a single value", key)
	}
}
