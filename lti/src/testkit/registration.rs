//! What a platform says about itself to a tool that registers by itself. (LTI Dynamic Registration 1.0 §3.5)

use serde_json::{Value, json};

use super::{
    Family, Platform,
    access::{GROUPS, ROSTER, SCOPES},
    claims::product_code,
};

const LTI: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

impl Platform {
    /// Its configuration.
    pub fn configuration(&self) -> Value {
        let mut registration = self.addresses().home.clone();
        registration.set_path("/lti/registrations");
        let code = self.quirks().family.map_or("", product_code);
        // Moodle lists messages as bare names.
        let messages = match self.quirks().family {
            Some(Family::Moodle) => json!(["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]),
            _ => json!([{"type": "LtiResourceLinkRequest", "placements": ["link_selection"]}]),
        };
        let algorithms = match self.quirks().family {
            Some(Family::Blackboard) => json!(["RS256", "RS512"]),
            _ => json!(["RS256"]),
        };
        let mut scopes = vec!["openid"];
        scopes.extend(SCOPES.into_iter().chain([ROSTER, GROUPS]));
        json!({
            "issuer": self.addresses().issuer,
            "authorization_endpoint": self.addresses().authorization,
            "token_endpoint": self.addresses().token,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "jwks_uri": self.addresses().key_set,
            "registration_endpoint": registration,
            "scopes_supported": scopes,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": algorithms,
            "claims_supported": ["iss", "sub", "name", "given_name", "family_name", "email"],
            LTI: {"product_family_code": code, "version": "1", "messages_supported": messages,
                "variables": ["Context.id", "ResourceLink.id"]},
        })
    }
}
