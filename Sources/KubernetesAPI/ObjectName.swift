/// The rules for names of objects, as the API server checks them.
public enum ObjectName {
    /// RFC 1123 §2.1 subdomain: 1...253 bytes of lower-case letters, digits, `-` and `.`, each label starting and ending
    /// with a letter or digit. Such a name has no slash and is neither `.` nor `..`: it is safe as a file name.
    public static func isSubdomain(_ name: String) -> Bool {
        guard name.utf8.count <= 253 else { return false }
        return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    /// RFC 1123 §2.1 label, which namespaces are: 1...63 bytes, without dots.
    public static func isLabel(_ name: String) -> Bool {
        name.utf8.count <= 63 && isLabel(Substring(name).utf8)
    }

    private static func isLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
