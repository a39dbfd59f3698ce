//! The address of who is asking, as far as it can be believed.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// The address a request came from. `X-Forwarded-For` counts only where `peer` is a trusted proxy, and only back to the
/// first address that is not one: what stands before it was written by the client.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let forwarded: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map_while(|part| part.trim().parse().ok())
        .collect();
    forwarded.into_iter().rev().find(|address| !trusted.contains(address)).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|address| address.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn forwarded_headers_are_ignored_unless_the_peer_is_trusted() {
        assert_eq!(asked("203.0.113.7", &["198.51.100.1"], &[]), "203.0.113.7");
        assert_eq!(asked("10.0.0.1", &["198.51.100.1"], &["10.0.0.1"]), "198.51.100.1");
    }

    #[test]
    fn what_a_client_claims_before_the_last_trusted_proxy_is_not_believed() {
        assert_eq!(asked("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"], &["10.0.0.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(asked("10.0.0.1", &["nonsense"], &["10.0.0.1"]), "10.0.0.1");
    }
}
