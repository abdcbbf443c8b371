/// How far an order has come, for people. Holds no secret.
public enum OrderMilestone: Sendable, Hashable {
    /// An order is being placed; another one, when one was placed before.
    case ordering
    /// It is at the CA, under this URL.
    case ordered(url: String)
    /// A challenge for a name is put where the CA will look.
    case presenting(name: String, challenge: String)
    /// The CA has been told to look.
    case asked(name: String)
    /// The CA has seen that the name is ours.
    case proved(name: String)
    /// It has not, in its words.
    case refuted(name: String, words: String)
    /// The certificate is being asked for.
    case finalizing
    /// It is being fetched.
    case downloading
    /// It is checked and handed over.
    case issued
}

extension OrderMilestone {
    /// What the begin of an action means.
    init?(beginning action: OrderMachine.Action) {
        switch action {
        case .createOrder: self = .ordering
        case .present(let authorization, let challenge): self = .presenting(name: authorization.name, challenge: challenge.type)
        case .finalize: self = .finalizing
        case .download: self = .downloading
        case .deliver: self = .issued
        case .prepare, .recordOrder, .readOrder, .readAuthorization, .respond, .clearOrder, .stop: return nil
        }
    }

    /// What its outcome means.
    ///
    /// - Parameters:
    ///   - url: of the order.
    ///   - presented: the name whose challenge was put in place last.
    init?(_ event: OrderMachine.Event, of action: OrderMachine.Action, url: String?, presented: String?) {
        switch (action, event) {
        case (.createOrder, .order), (.readOrder, .order):
            guard let url else { return nil }
            self = .ordered(url: url)
        case (.respond, .responded):
            guard let presented else { return nil }
            self = .asked(name: presented)
        case (.readAuthorization, .authorization(let authorization, _)):
            switch authorization.status {
            case .valid: self = .proved(name: authorization.name)
            case .invalid:
                let words = authorization.challenges.compactMap { $0.error?.description }.first ?? "the CA does not say why"
                self = .refuted(name: authorization.name, words: words)
            default: return nil
            }
        default: return nil
        }
    }
}
