package record

import (
	"errors"
	"strings"
)

// Asked is what an event of the gateway in front of a broker of the lambda
// protocol asks for.
type Asked struct {
	Claims            map[string]any // that the gateway verified
	Platform, Project string
	Cleanup           bool // it asks for nothing
}

// GatewayEvent reads an event of API Gateway with its JWT authorizer: the claims,
// and the headers platform, project and type. What else stands there, the ID
// token among it, is not looked at.
func GatewayEvent(event map[string]any) (Asked, error) {
	context, _ := event["requestContext"].(map[string]any)
	authorizer, _ := context["authorizer"].(map[string]any)
	if jwt, ok := authorizer["jwt"].(map[string]any); ok {
		authorizer = jwt
	}
	claims, _ := authorizer["claims"].(map[string]any)
	headers, _ := event["headers"].(map[string]any)
	asked := Asked{claims, header(headers, "platform"), header(headers, "project"), header(headers, "type") == "cleanup"}
	switch {
	case len(claims) == 0:
		return asked, errors.New("it is no event with claims that a gateway verified")
	case asked.Platform == "" && !asked.Cleanup:
		return asked, errors.New("the gateway's event has no header platform")
	}
	return asked, nil
}

func header(headers map[string]any, name string) string {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			text, _ := value.(string)
			return text
		}
	}
	return ""
}
