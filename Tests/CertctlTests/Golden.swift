/// What reports look like, for people to judge.
enum Golden {
    static let one = """
        1 certificate, which is fine; next renewal in 30 days

        STATE  HOSTS         EXPIRES  RENEWS  SECRET    ISSUER
        valid  shop.example  60d      30d     web/shop  ClusterIssuer/letsencrypt

        """

    static let five: [(columns: Int, text: String)] = [
        (
            40,
            """
            3 of 5 certificates need you: 1 expired,
            1 failing, 1 blocked; 1 of 2 replicas
            cannot be asked what it serves; 1
            problem in the configuration; next
            renewal in 30 days

            STATE    HOSTS                 EXPIRES
            expired  shop.example.com +1   2d 3h ago
              failed 41 times, first 30d 0h ago:
                429
                urn:ietf:params:acme:error:rateLimit
                ed: too many certificates (50)
                already issued for "example.com" in
                the last 168h; next attempt in 6h 0m
              next: wait for the limit of the CA
                to pass, or name another issuer at
                Ingress web/shop-tls
            failing  blog.example          25d
              failed 5 times, first 3h 12m ago:
                urn:ietf:params:acme:error:connectio
                n: 203.0.113.10: Fetching
                http://blog.example/.well-known/acme
                -challenge/x: Connection refused;
                next attempt in 12m 0s
              next: let port 80 of 203.0.113.10
                reach certctl; `certctl check
                web/blog` looks at it
            blocked  *.api.example.com     -
              ClusterIssuer letsencrypt is not
                there
              next: create ClusterIssuer
                letsencrypt, or correct the
                annotation of Ingress api/api-tls
            issuing  xn--wgv71a…e.example  -
            valid    host-1.a-r…e.org +11  60d

            problem  ingress web/old: BadAnnotation:
                     certctl.dev/x is "y"; allowed
                     are a and b
            replica  proxy-2: 10.0.0.7:9402 does not
                     answer within 2 s

            """
        ),
        (
            80,
            """
            3 of 5 certificates need you: 1 expired, 1 failing, 1 blocked; 1 of 2 replicas
            cannot be asked what it serves; 1 problem in the configuration; next renewal in
            30 days

            STATE    HOSTS                             EXPIRES    RENEWS  SECRET
            expired  shop.example.com +1               2d 3h ago  due     web/shop-tls
              failed 41 times, first 30d 0h ago: 429
                urn:ietf:params:acme:error:rateLimited: too many certificates (50) already
                issued for "example.com" in the last 168h; next attempt in 6h 0m
              next: wait for the limit of the CA to pass, or name another issuer at
                Ingress web/shop-tls
            failing  blog.example                      25d        due     web/blog
              failed 5 times, first 3h 12m ago: urn:ietf:params:acme:error:connection:
                203.0.113.10: Fetching http://blog.example/.well-known/acme-challenge/x:
                Connection refused; next attempt in 12m 0s
              next: let port 80 of 203.0.113.10 reach certctl; `certctl check web/blog`
                looks at it
            blocked  *.api.example.com                 -          -       api/api-tls
              ClusterIssuer letsencrypt is not there
              next: create ClusterIssuer letsencrypt, or correct the annotation of Ingress
                api/api-tls
            issuing  xn--wgv71a309e.example            -          -       web/xn--wgv71a-tls
            valid    host-1.a-rather-…example.org +11  60d        30d     web/many-tls

            problem  ingress web/old: BadAnnotation: certctl.dev/x is "y"; allowed are a and
                     b
            replica  proxy-2: 10.0.0.7:9402 does not answer within 2 s

            """
        ),
        (
            120,
            """
            3 of 5 certificates need you: 1 expired, 1 failing, 1 blocked; 1 of 2 replicas cannot be asked what it serves; 1 problem
            in the configuration; next renewal in 30 days

            STATE    HOSTS                                      EXPIRES    RENEWS  SECRET              ISSUER
            expired  shop.example.com +1                        2d 3h ago  due     web/shop-tls        ClusterIssuer/letsencrypt
              failed 41 times, first 30d 0h ago: 429 urn:ietf:params:acme:error:rateLimited: too many certificates (50) already
                issued for "example.com" in the last 168h; next attempt in 6h 0m
              next: wait for the limit of the CA to pass, or name another issuer at Ingress web/shop-tls
            failing  blog.example                               25d        due     web/blog            ClusterIssuer/letsencrypt
              failed 5 times, first 3h 12m ago: urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching
                http://blog.example/.well-known/acme-challenge/x: Connection refused; next attempt in 12m 0s
              next: let port 80 of 203.0.113.10 reach certctl; `certctl check web/blog` looks at it
            blocked  *.api.example.com                          -          -       api/api-tls         ClusterIssuer/letsencrypt
              ClusterIssuer letsencrypt is not there
              next: create ClusterIssuer letsencrypt, or correct the annotation of Ingress api/api-tls
            issuing  xn--wgv71a309e.example                     -          -       web/xn--wgv71a-tls  ClusterIssuer/letsencrypt
            valid    host-1.a-rather-long-zone.example.org +11  60d        30d     web/many-tls        ClusterIssuer/letsencrypt

            problem  ingress web/old: BadAnnotation: certctl.dev/x is "y"; allowed are a and b
            replica  proxy-2: 10.0.0.7:9402 does not answer within 2 s

            """
        ),
        (
            200,
            """
            3 of 5 certificates need you: 1 expired, 1 failing, 1 blocked; 1 of 2 replicas cannot be asked what it serves; 1 problem in the configuration; next renewal in 30 days

            STATE    HOSTS                                      EXPIRES    RENEWS  SECRET              ISSUER
            expired  shop.example.com +1                        2d 3h ago  due     web/shop-tls        ClusterIssuer/letsencrypt
              failed 41 times, first 30d 0h ago: 429 urn:ietf:params:acme:error:rateLimited: too many certificates (50) already issued for "example.com" in the last 168h; next attempt in 6h 0m
              next: wait for the limit of the CA to pass, or name another issuer at Ingress web/shop-tls
            failing  blog.example                               25d        due     web/blog            ClusterIssuer/letsencrypt
              failed 5 times, first 3h 12m ago: urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching http://blog.example/.well-known/acme-challenge/x: Connection refused; next attempt in 12m 0s
              next: let port 80 of 203.0.113.10 reach certctl; `certctl check web/blog` looks at it
            blocked  *.api.example.com                          -          -       api/api-tls         ClusterIssuer/letsencrypt
              ClusterIssuer letsencrypt is not there
              next: create ClusterIssuer letsencrypt, or correct the annotation of Ingress api/api-tls
            issuing  xn--wgv71a309e.example                     -          -       web/xn--wgv71a-tls  ClusterIssuer/letsencrypt
            valid    host-1.a-rather-long-zone.example.org +11  60d        30d     web/many-tls        ClusterIssuer/letsencrypt

            problem  ingress web/old: BadAnnotation: certctl.dev/x is "y"; allowed are a and b
            replica  proxy-2: 10.0.0.7:9402 does not answer within 2 s

            """
        ),
    ]

    static let host: [(columns: Int, text: String)] = [
        (
            40,
            """
            shop.example.com: issuing, expires in
            20d 0h: failed 5 times, first 3h 12m
            ago:
            urn:ietf:params:acme:error:connection:
            203.0.113.10: Fetching
            http://shop-tls.example/.well-known/acme
            -challenge/x: Connection refused; next
            attempt in 12m 0s
              next: let port 80 of 203.0.113.10
                reach certctl; `certctl check
                web/shop-tls` looks at it

            rules
              Ingress web/shop
                shop.example.com/api (Prefix) to
                Service web/api:80: no endpoint is
                ready
              Ingress web/shop
                shop.example.com/ (Prefix) to
                Service web/shop:80: 2 endpoints

            certificate in Secret web/shop-tls
              state         issuing, served
                            failed 5 times, first 3h
                            12m ago:
                            urn:ietf:params:acme:err
                            or:connection:
                            203.0.113.10: Fetching
                            http://shop-tls.example/
                            .well-known/acme-challen
                            ge/x: Connection
                            refused; next attempt in
                            12m 0s
                            proxy-2 serves a
                            self-signed placeholder
                            since 5m 0s ago, not
                            what the Secret holds
              next          let port 80 of
                            203.0.113.10 reach
                            certctl; `certctl check
                            web/shop-tls` looks at
                            it
              hosts         shop.example.com,
                            www.shop.example.com
              asked for by  Ingress web/shop-tls
              issuer        ClusterIssuer/letsencryp
                            t
              valid from    2026-11-06T08:00:00Z
              valid until   2027-02-04T08:00:00Z, in
                            20d 0h, 22% of its
                            lifetime is left
              renewal       2027-01-05T08:00:00Z,
                            due 10d 0h ago: 67 % of
                            its lifetime are over
                            then
              chain 1/2     no subject, signed by
                            CN=R11,O=Example CA;
                            ECDSA P-256, until
                            2027-02-04T08:00:00Z,
                            serial 03a1b2
              chain 2/2     CN=R11,O=Example CA,
                            signed by
                            CN=Root,O=Example CA;
                            RSA 2048, until
                            2029-07-03T08:00:00Z,
                            serial 7f

            order at https://acme.example/directory
              order         https://acme.example/ord
                            er/1
              done          account: 9s ago
              done          order: 8s ago
              done          authorization:
                            shop.example.com, 3s ago
              running       authorization:
                            www.shop.example.com,
                            http-01, 2s ago
              waiting       finalize
              waiting       download

            replicas
              proxy-1
                proxy, 1.0

            recent events
              10m 0s ago    Failed (5 times),
                            Ingress web/shop:
                            Connection refused

            """
        ),
        (
            80,
            """
            shop.example.com: issuing, expires in 20d 0h: failed 5 times, first 3h 12m ago:
            urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching
            http://shop-tls.example/.well-known/acme-challenge/x: Connection refused; next
            attempt in 12m 0s
              next: let port 80 of 203.0.113.10 reach certctl; `certctl check
                web/shop-tls` looks at it

            rules
              Ingress web/shop        shop.example.com/api (Prefix) to Service web/api:80:
                                      no endpoint is ready
              Ingress web/shop        shop.example.com/ (Prefix) to Service web/shop:80: 2
                                      endpoints

            certificate in Secret web/shop-tls
              state         issuing, served
                            failed 5 times, first 3h 12m ago:
                            urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching
                            http://shop-tls.example/.well-known/acme-challenge/x: Connection
                            refused; next attempt in 12m 0s
                            proxy-2 serves a self-signed placeholder since 5m 0s ago, not
                            what the Secret holds
              next          let port 80 of 203.0.113.10 reach certctl; `certctl check
                            web/shop-tls` looks at it
              hosts         shop.example.com, www.shop.example.com
              asked for by  Ingress web/shop-tls
              issuer        ClusterIssuer/letsencrypt
              valid from    2026-11-06T08:00:00Z
              valid until   2027-02-04T08:00:00Z, in 20d 0h, 22% of its lifetime is left
              renewal       2027-01-05T08:00:00Z, due 10d 0h ago: 67 % of its lifetime are
                            over then
              chain 1/2     no subject, signed by CN=R11,O=Example CA; ECDSA P-256, until
                            2027-02-04T08:00:00Z, serial 03a1b2
              chain 2/2     CN=R11,O=Example CA, signed by CN=Root,O=Example CA; RSA 2048,
                            until 2029-07-03T08:00:00Z, serial 7f

            order at https://acme.example/directory
              order         https://acme.example/order/1
              done          account: 9s ago
              done          order: 8s ago
              done          authorization: shop.example.com, 3s ago
              running       authorization: www.shop.example.com, http-01, 2s ago
              waiting       finalize
              waiting       download

            replicas
              proxy-1                 proxy, 1.0

            recent events
              10m 0s ago    Failed (5 times), Ingress web/shop: Connection refused

            """
        ),
        (
            200,
            """
            shop.example.com: issuing, expires in 20d 0h: failed 5 times, first 3h 12m ago: urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching http://shop-tls.example/.well-known/acme-challenge/x:
            Connection refused; next attempt in 12m 0s
              next: let port 80 of 203.0.113.10 reach certctl; `certctl check web/shop-tls` looks at it

            rules
              Ingress web/shop        shop.example.com/api (Prefix) to Service web/api:80: no endpoint is ready
              Ingress web/shop        shop.example.com/ (Prefix) to Service web/shop:80: 2 endpoints

            certificate in Secret web/shop-tls
              state         issuing, served
                            failed 5 times, first 3h 12m ago: urn:ietf:params:acme:error:connection: 203.0.113.10: Fetching http://shop-tls.example/.well-known/acme-challenge/x: Connection refused; next attempt
                            in 12m 0s
                            proxy-2 serves a self-signed placeholder since 5m 0s ago, not what the Secret holds
              next          let port 80 of 203.0.113.10 reach certctl; `certctl check web/shop-tls` looks at it
              hosts         shop.example.com, www.shop.example.com
              asked for by  Ingress web/shop-tls
              issuer        ClusterIssuer/letsencrypt
              valid from    2026-11-06T08:00:00Z
              valid until   2027-02-04T08:00:00Z, in 20d 0h, 22% of its lifetime is left
              renewal       2027-01-05T08:00:00Z, due 10d 0h ago: 67 % of its lifetime are over then
              chain 1/2     no subject, signed by CN=R11,O=Example CA; ECDSA P-256, until 2027-02-04T08:00:00Z, serial 03a1b2
              chain 2/2     CN=R11,O=Example CA, signed by CN=Root,O=Example CA; RSA 2048, until 2029-07-03T08:00:00Z, serial 7f

            order at https://acme.example/directory
              order         https://acme.example/order/1
              done          account: 9s ago
              done          order: 8s ago
              done          authorization: shop.example.com, 3s ago
              running       authorization: www.shop.example.com, http-01, 2s ago
              waiting       finalize
              waiting       download

            replicas
              proxy-1                 proxy, 1.0

            recent events
              10m 0s ago    Failed (5 times), Ingress web/shop: Connection refused

            """
        ),
    ]
}
