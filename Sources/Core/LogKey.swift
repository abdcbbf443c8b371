/// The keys of log lines, besides `time`, `level`, `subsystem` and `message`. They are a contract: what is found under one of them today is
/// found under it tomorrow. A test holds every line of the sources against this list.
public enum LogKey: String, Sendable, Hashable, CaseIterable {
    // Objects.
    /// A Secret, `NAMESPACE/NAME`.
    case secret
    /// An Ingress, `NAMESPACE/NAME`.
    case ingress
    /// An issuer, `ClusterIssuer/NAME` or `Issuer/NAMESPACE/NAME`.
    case issuer
    /// Another object: kind and name.
    case object
    /// What an alert is about, with its host.
    case host
    /// Names in a certificate, with commas; at the start, how many hosts are served.
    case hosts
    /// The name that a client asked for in its handshake.
    case serverName
    /// `ADDRESS:PORT` behind a Service.
    case endpoint
    /// An AlertReceiver.
    case receiver
    /// An alert's rule.
    case alert
    /// `critical`, `warning` or `info`.
    case severity
    /// An alert's sentence.
    case summary
    /// A DNS record by its name.
    case record
    /// A CA's directory, or a server's URL.
    case server
    /// A CA's directory.
    case directory
    /// A file or folder, or the path of a request.
    case path
    /// A collection of the API server that is listed or watched.
    case collection
    /// A process among replicas.
    case identity
    /// Who holds the lease.
    case holder
    /// Names of policies, with commas; at the start, how many there are.
    case policies
    /// What was found to be wrong, in a sentence that names the object.
    case problem

    // What happened.
    /// An error, in the words of whoever made it.
    case error
    /// Why something is done.
    case reason
    /// Whose fault a failure is: `certificateAuthority`, `network`, `configuration` or `ours`.
    case fault
    /// What happens next by itself, in a sentence.
    case plan
    /// A step of an order: state, event, state.
    case step
    /// What somebody else answered.
    case answer
    /// What name servers said.
    case report
    /// A CA's page about a renewal that it asks for.
    case explanation
    /// An algorithm of a key.
    case algorithm
    /// A certificate's serial number, hexadecimal.
    case serial
    /// The permissions of a file, octal.
    case permissions
    /// Which term in office of a leader.
    case term
    /// `all`, `controller` or `proxy`.
    case role
    /// This program's version.
    case version
    /// A level of the log, or several by subsystem.
    case levels

    // Times, RFC 3339, and durations.
    /// The end of a certificate.
    case notAfter
    /// When something is tried again.
    case nextAttempt
    /// Since when.
    case since
    /// The start of a window of time.
    case from
    /// The end of a window of time.
    case to
    /// A moment in that window.
    case chosen
    /// How long something waits.
    case pause
    /// How often something is looked at.
    case interval
    /// The time in which something was counted.
    case within
    /// How many seconds.
    case seconds

    // Numbers.
    /// How many, of what the message names.
    case count
    /// Failures in a row.
    case failures
    /// Times that something was written again.
    case rewrites
    /// What is allowed.
    case limit
    /// Objects that were read.
    case objects
    /// Ingresses that were read.
    case ingresses
    /// Secrets that were read.
    case secrets
    /// Rules of Ingresses that are served.
    case rules
    /// Issuers that were read.
    case issuers
    /// AlertReceivers that were read.
    case receivers
    /// Certificates by their state.
    case certificates
    /// Lines with the same message that were left out since the last one.
    case suppressed
    /// Lines, spans or events that were lost.
    case dropped

    // Addresses of this process.
    /// Where plain HTTP is served.
    case http
    /// Where HTTPS is served.
    case https
    /// Where the admin API is served.
    case admin

    // Whether.
    /// Whether what was in force before still is.
    case previousInForce
    /// Whether it had happened before.
    case before
}
