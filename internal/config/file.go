package config

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/spf13/viper"

	"github.com/autoken/autoken/internal/fault"
)

// file reads the settings file that --config or AUTOKEN_CONFIG names. One that the
// environment named can say no more than the environment itself.
func (src Source) file(v *viper.Viper, env map[string]any) error {
	if !slices.ContainsFunc(src.Settings, func(s Setting) bool { return s.Name == "config" }) {
		return nil
	}
	name, fromEnv := env["config"].(string)
	if flag := src.Flags.Lookup("config"); flag != nil && flag.Changed {
		name, fromEnv = flag.Value.String(), false
	}
	if name == "" {
		return nil
	}
	text, err := src.ReadFile(name)
	if err != nil {
		return fault.New(fault.Usage, "reading settings: %w", err)
	}
	values, err := parseFile(name, text)
	if err != nil {
		return err
	}
	for key, value := range values {
		if !fromEnv {
			continue
		}
		if s := Find(key)[0]; s.FlagOnly {
			return fault.New(fault.Usage, "reading settings: %s: AUTOKEN_CONFIG names a file with %s, which has no environment variable, for safety", name, key).
				WithHint("pass --%s, or --config %s", key, name)
		}
		if env[key] == nil {
			env[key] = value // it came from there, and counts as if it had been written there
		}
	}
	if err := v.MergeConfigMap(values); err != nil {
		return fault.New(fault.Usage, "reading settings: %s: %w", name, err)
	}
	return nil
}

func parseFile(name string, text []byte) (map[string]any, error) {
	file := viper.New()
	file.SetConfigType("yaml")
	if err := file.ReadConfig(bytes.NewReader(text)); err != nil {
		return nil, fault.New(fault.Usage, "reading settings: %s: %w", name, err)
	}
	values := map[string]any{}
	for key, value := range file.AllSettings() {
		parsed, err := parseKey(key, value)
		if err != nil {
			return nil, fault.New(fault.Usage, "reading settings: %s: %w", name, err).
				WithHint("the settings: autoken help environment")
		}
		values[key] = parsed
	}
	return values, nil
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
