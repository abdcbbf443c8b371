package import Glibc

/// Closes all descriptors from this one on in the new process. NIO's sockets are not marked as close-on-exec: a child would hold on to every
/// connection and listener.
///
/// In glibc since 2.34, but its header shows it only to those who define `_GNU_SOURCE`, which the importer of C does not.
@discardableResult @_silgen_name("posix_spawn_file_actions_addclosefrom_np")
package func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: CInt) -> CInt

/// An array of C strings with a NULL behind it, as `posix_spawn` takes it; freed with its owner.
@safe package final class CStringArray {
    package let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    /// Copies the strings.
    package init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe pointers[index] = strdup(string) }
        unsafe pointers[strings.count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
