internal import Core
internal import Logging
internal import Manifests
internal import Policies
internal import Store

/// Keeps the policies in force: reads the folder of `--policies` and the ConfigMaps, follows both, and hands on what is good as a whole.
///
/// While something is wrong, the policies from before stay in force. Without any from before (the process has just begun, and the cluster
/// has none that can be read) nothing is issued, and everything else goes on.
actor PolicyKeeper {
    private let folder: String?
    private let namespace: String
    private let time: any TimeSource
    private let logger: Logger
    private let adopt: @Sendable (PolicySets) async -> Void
    private let refuse: @Sendable (IssuancePolicySet) async -> Void
    private var folderSources: [PolicyDocuments.Source]
    /// Nil before the first update.
    private var configMaps: PolicyConfigMaps.Answer?
    /// What the files in the folder said when they were looked at last, while that is not in force yet.
    private var unsettled: [PolicyDocuments.Source]?
    private var folderProblem: String?
    private var documentProblem: String?
    private var isAdopted = false
    /// What is in force; about issuing only once it was handed on.
    private(set) var inForce: PolicySets
    /// The same, as text.
    private var judged: [PolicyDocuments.Source]?
    /// Policies that are to be handed on.
    private var waiting: PolicySets?
    private var isHandingOn = false

    /// Reads the folder.
    ///
    /// - Parameters:
    ///   - namespace: the only one whose ConfigMaps count.
    ///   - adopt: puts policies into force.
    ///   - refuse: gets the policies about issuing that refuse everything, when there are none to go by.
    /// - Throws: ``CommandFailure`` when the folder is wrong: a process does not begin with policies that nobody meant.
    init(
        folder: String?, namespace: String, time: any TimeSource = SystemTime(), logger: Logger,
        adopt: @escaping @Sendable (PolicySets) async -> Void, refuse: @escaping @Sendable (IssuancePolicySet) async -> Void
    ) throws {
        inForce = try PolicySets(folder: folder)
        folderSources = try folder.map { try PolicyFolder.sources(at: $0) } ?? []
        self.folder = folder
        self.namespace = namespace
        self.time = time
        self.logger = logger
        self.adopt = adopt
        self.refuse = refuse
    }

    /// What is wrong, for `status`.
    var problems: [String] { [folderProblem, documentProblem].compactMap { $0 } }

    /// Takes in the ConfigMaps of an update. To be awaited before anything else acts on the update.
    func apply(_ update: StoreUpdate) async {
        let answer = PolicyConfigMaps.answer(update, namespace: namespace)
        guard answer != configMaps else { return }
        configMaps = answer
        await judge()
    }

    /// Follows the folder until the task is cancelled.
    func follow() async {
        guard folder != nil else { return }
        while (try? await time.sleep(for: PolicyKeeper.interval)) != nil { await look() }
    }

    /// Looks at the folder once. What it says counts when it says so twice: somebody may be writing just now, and a file that ends in the
    /// middle may read well.
    func look() async {
        guard let folder else { return }
        let found: [PolicyDocuments.Source]
        do {
            found = try PolicyFolder.sources(at: folder)
        } catch {
            if folderProblem == nil {
                logger.error("policies cannot be read; the previous ones stay in force", metadata: ["error": "\(error)"])
            }
            folderProblem = "the policies cannot be read, the previous ones stay in force: \(error)"
            return
        }
        folderProblem = nil
        guard found != folderSources else {
            unsettled = nil
            return
        }
        guard found == unsettled else {
            unsettled = found
            return
        }
        unsettled = nil
        folderSources = found
        await judge()
    }

    private func judge() async {
        switch configMaps {
        case nil: return
        case .unknown(let why): await reject(why)
        case .known(let sources):
            let all = folderSources + sources
            guard all != judged else {
                // A mistake was taken back.
                documentProblem = nil
                return
            }
            do throws(ManifestError) {
                let sets = try PolicySets(reading: all)
                judged = all
                await accept(sets)
            } catch {
                await reject(error.description)
            }
        }
    }

    private func accept(_ sets: PolicySets) async {
        documentProblem = nil
        isAdopted = true
        inForce = sets
        logger.notice("policies are in force", metadata: ["policies": "\(sets.issuance.policies.map(\.name).joined(separator: ","))"])
        waiting = sets
        // One at a time, so that an older set never comes last.
        guard !isHandingOn else { return }
        isHandingOn = true
        while let next = waiting {
            waiting = nil
            await adopt(next)
        }
        isHandingOn = false
    }

    private func reject(_ why: String) async {
        if isAdopted {
            documentProblem = "the policies are refused, the previous ones stay in force: \(why)"
        } else {
            documentProblem = "the policies are refused, so nothing is issued: \(why)"
            await refuse(.unknown("the policies cannot be read, so nothing is issued: \(why)"))
        }
        logger.error("policies are refused", metadata: ["error": "\(why)", "previousInForce": "\(isAdopted)"])
    }

    /// How often the folder is looked at.
    private static let interval = Duration.seconds(1)
}
