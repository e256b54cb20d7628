package ci

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
)

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

func isVariableName(name string) bool {
	return name != "" && strings.Trim(name, letters+"0123456789") == "" && strings.Contains(letters, name[:1])
}

// isCargoToken knows what cargo reads a registry's token from.
func isCargoToken(name string) bool {
	registry, ends := strings.CutSuffix(name, "_TOKEN")
	return ends && (registry == "CARGO_REGISTRY" || strings.HasPrefix(registry, "CARGO_REGISTRIES_") && registry != "CARGO_REGISTRIES_")
}

// steering are variables that make programs load code, run another program or
// trust someone else. The runner itself refuses NODE_OPTIONS alone.
var steering = []string{
	// shells and the loader
	"BASH_ENV", "BASHOPTS", "CDPATH", "COMSPEC", "ENV", "GLOBIGNORE", "HOME", "IFS", "INPUTRC", "PATH", "PATHEXT", "POSIXLY_CORRECT",
	"PROMPT_COMMAND", "PS1", "PS2", "PS4", "PSMODULEPATH", "PWD", "SHELL", "SHELLOPTS", "SYSTEMROOT", "TEMP", "TERMINFO", "TMP", "TMPDIR",
	"USERPROFILE", "WINDIR", "ZDOTDIR",
	// tools that commands start
	"BROWSER", "EDITOR", "LESSOPEN", "PAGER", "VISUAL",
	// languages and build tools
	"CLASSPATH", "GODEBUG", "GOENV", "GOFLAGS", "GOPROXY", "GRADLE_OPTS", "GRADLE_USER_HOME", "JAVACMD", "JAVA_HOME", "JAVA_OPTS", "JAVA_TOOL_OPTIONS",
	"JDK_JAVA_OPTIONS", "LUA_INIT", "M2_HOME", "MAKEFLAGS", "MAVEN_ARGS", "MAVEN_OPTS", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_PATH",
	"NODE_TLS_REJECT_UNAUTHORIZED", "PERL5DB", "PERL5LIB", "PERL5OPT", "PHPRC", "PYTHONHOME", "PYTHONINSPECT", "PYTHONPATH", "PYTHONSTARTUP",
	"PYTHONUSERBASE", "RUBYLIB", "RUBYOPT", "RUSTC", "RUSTC_WRAPPER", "RUSTFLAGS", "SONAR_SCANNER_JAVA_OPTS", "SONAR_SCANNER_OPTS",
	"_JAVA_OPTIONS",
	// whom a connection trusts
	"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "CURL_HOME", "DOCKER_CONFIG", "DOCKER_HOST", "KUBECONFIG", "OPENSSL_CONF", "OPENSSL_MODULES",
	"REQUESTS_CA_BUNDLE", "SSH_ASKPASS", "SSH_AUTH_SOCK", "SSLKEYLOGFILE", "SSL_CERT_DIR", "SSL_CERT_FILE", "WGETRC",
	// the job
	"CI",
}

// steeringPrefixes and steeringSuffixes are families of such variables, and
// those that belong to the runner and to autoken.
var (
	steeringPrefixes = []string{
		"ACTIONS_", "AUTOKEN_", "BASH_FUNC_", "CARGO_", "CORECLR_", "COR_", "DOTNET_", "DYLD_", "FORGEJO_", "GITEA_", "GITHUB_", "GIT_",
		"INPUT_", "LD_", "NPM_CONFIG_", "PIP_", "RUNNER_", "STATE_",
	}
	steeringSuffixes = []string{"_PROXY"}
)

// CheckName reports why name must not be written into a job's environment. The
// comparison ignores case, as Windows and several programs do. GITHUB_TOKEN, in
// exactly this spelling, is allowed, and so are the variables in which Cargo
// looks for the tokens of registries: these tools read nothing else.
func CheckName(name string) error {
	if !isVariableName(name) {
		return fault.New(fault.Usage, "%q is no name of a variable", name).
			WithHint("use letters, digits and underscores, no digit first")
	}
	if name == "GITHUB_TOKEN" || isCargoToken(name) || !steers(strings.ToUpper(name)) {
		return nil
	}
	return fault.New(fault.Usage, "%s is not a variable to write a credential to: it changes how programs or the runner work", name).
		WithHint("choose another name, for example --rename GH_TOKEN=DEPLOY_TOKEN")
}

func steers(upper string) bool {
	return slices.Contains(steering, upper) ||
		slices.ContainsFunc(steeringPrefixes, func(p string) bool { return strings.HasPrefix(upper, p) }) ||
		slices.ContainsFunc(steeringSuffixes, func(s string) bool { return strings.HasSuffix(upper, s) })
}
