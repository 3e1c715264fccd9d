//! Tests of connections that break, are refused, or are diagnosed.

use super::*;

/// Starts a server that reads a request's head, sends some bytes and closes the connection.
async fn hanging_up(said: &'static str) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(said.as_bytes()).await;
        }
    });
    client_of(&format!("http://{address}"))
}

#[tokio::test]
async fn a_cut_connection_is_retryable() {
    for said in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1, 2", "nonsense\r\n\r\n"] {
        let client = hanging_up(said).await;
        for error in [
            client.models().await.unwrap_err(),
            send(&client, Operation::Search, vec![0; 1 << 20].into()).await.unwrap_err(),
        ] {
            let error = hides_token(error);
            assert!(error.is_retryable(), "{said}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Network, "{said}: {error:?}");
        }
    }
}

#[tokio::test]
async fn the_status_is_reported_even_if_the_body_breaks_off() {
    let client = hanging_up("HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\n{\"detail\"").await;
    assert_eq!(client.models().await.unwrap_err().kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_refused_connection_is_named_in_the_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let error = hides_token(client.quota().await.unwrap_err());
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
    let cause = error.source().unwrap().to_string();
    assert!(cause.starts_with("no connection: Connection refused"), "{cause}");
}

#[tokio::test]
async fn a_server_without_tls_is_reported_as_such() {
    let client = hanging_up("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let client = client_of(&client.server().to_string().replace("http:", "https:"));
    let error = hides_token(client.models().await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    let check = Step::Tls.test(&client, jiff::Timestamp::UNIX_EPOCH).await;
    assert_eq!(check.outcome, Outcome::Failed);
    assert!(check.detail.contains("from the system"), "{}", check.detail);
}

#[tokio::test]
async fn the_diagnosis_names_the_failing_stage() {
    let (_server, client) = answering(ResponseTemplate::new(401).set_body_json(json!({"detail": "expired"}))).await;
    let mut outcomes = Vec::new();
    for step in Step::ALL {
        let check = step.test(&client, jiff::Timestamp::UNIX_EPOCH).await;
        assert!(!format!("{check:?}").contains("Planted"));
        outcomes.push(check.outcome);
    }
    use Outcome::{Failed, Passed, Skipped};
    assert_eq!(outcomes, [Skipped, Passed, Passed, Skipped, Failed, Failed, Failed]);
}

/// Systems often give `localhost` the address `::1` as well, first even, and there another user may listen.
#[tokio::test]
async fn localhost_is_an_address_of_ipv4_and_no_other() {
    let own = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!([]))).mount(&own).await;
    let port = own.address().port();
    // On a machine without IPv6 nothing can listen on this address.
    let stranger = TcpListener::bind(("::1", port)).await;
    let client = client_of(&format!("http://localhost:{port}"));
    assert!(client.models().await.is_ok());
    let request = &own.received_requests().await.unwrap()[0];
    assert_eq!(request.headers["host"], format!("localhost:{port}"));
    if let Ok(stranger) = stranger {
        let reached = tokio::time::timeout(Duration::from_millis(1), stranger.accept()).await;
        assert!(reached.is_err(), "nothing is sent to [::1]");
        drop(own);
        let alone = TcpListener::bind(("::1", 0)).await.unwrap();
        let client = client_of(&format!("http://localhost:{}", alone.local_addr().unwrap().port()));
        assert_eq!(client.models().await.unwrap_err().kind(), ErrorKind::Network);
        let checked = Step::Connect.test(&client, jiff::Timestamp::UNIX_EPOCH).await;
        assert_eq!(checked.outcome, Outcome::Failed, "{}", checked.detail);
    }
    let checked = Step::Dns.test(&client_of("http://localhost:1"), jiff::Timestamp::UNIX_EPOCH).await;
    assert!(checked.detail.starts_with("localhost is always 127.0.0.1"), "{}", checked.detail);
}
