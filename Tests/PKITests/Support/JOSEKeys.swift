import PKI
import Testing

/// Private keys as the JOSE RFCs print them (JWK members), made into PEM for our reader.
enum JOSEKeys {
    /// RFC 7515 §A.2.1.
    static func rsa() throws -> PrivateKey {
        let numbers = try [
            """
            ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW\
            vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k\
            G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ
            """,
            "AQAB",
            """
            Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKV\
            RUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoF\
            aFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ
            """,
            """
            4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ\
            5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc
            """,
            """
            uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLt\
            XlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc
            """,
            """
            BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_\
            YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0
            """,
            """
            h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGN\
            pmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU
            """,
            """
            IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1c\
            q9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U
            """,
        ].map { try #require(Base64URL.decode($0)) }
        let body = integer([0]) + numbers.flatMap { integer($0) }
        return try PrivateKey(pem: Array(PEM.encode(element(0x30, body), label: "RSA PRIVATE KEY").utf8))
    }

    /// RFC 7515 §A.3.1.
    static func p256() throws -> PrivateKey {
        let number = try #require(Base64URL.decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
        let body = integer([1]) + element(0x04, number) + bytes("A00A06082A8648CE3D030107")
        return try PrivateKey(pem: Array(PEM.encode(element(0x30, body), label: "EC PRIVATE KEY").utf8))
    }

    /// RFC 8037 §A.1.
    static func ed25519() throws -> PrivateKey {
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        let body = integer([0]) + bytes("300506032B6570") + element(0x04, element(0x04, seed))
        return try PrivateKey(pem: Array(PEM.encode(element(0x30, body), label: "PRIVATE KEY").utf8))
    }

    private static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        element(0x02, (magnitude.first ?? 0) >= 0x80 ? [0] + magnitude : magnitude)
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case ..<0x80: [tag, UInt8(content.count)] + content
        case ..<0x100: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }
    }
}
