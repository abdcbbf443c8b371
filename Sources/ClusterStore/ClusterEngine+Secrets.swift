internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Store

/// Which Secrets are followed.
extension ClusterEngine {
    /// Brings the watches of Secrets in line with what is needed.
    ///
    /// - Parameter changed: names of which something else is needed than before.
    func followSecrets(_ changed: Set<NamespacedName>) {
        // Before that most names would seem not to be needed, or to be needed one by one.
        guard isPlanned || isNamingComplete() else { return }
        dropUnneeded(changed)
        if isPlanned, changed.isEmpty { return endReplaced() }
        let before = Set(running.keys)
        isPlanned = true
        selections = SecretWatchPlan.selections(for: references, settings, previous: selections)
        for selection in selections { follow(selection) }
        readNewlyNeeded(changed, through: before)
        endReplaced()
    }

    private func dropUnneeded(_ changed: Set<NamespacedName>) {
        model.drop(changed.filter { name in model.objects.secrets[name].map { !filter.wants($0) } ?? false })
    }

    /// A broad watch has passed over what was not needed then, or kept less of it, and tells nothing of it until it changes.
    private func readNewlyNeeded(_ changed: Set<NamespacedName>, through sources: Set<SourceID>) {
        var missed: [SourceID: [NamespacedName]] = [:]
        for name in changed {
            guard let need = references.need(of: name), need == .everything || !model.holds(name) else { continue }
            let covering = sources.filter { id in
                guard case .secrets(let selection) = id else { return false }
                return selection.covers(name)
            }
            // One of them is enough: what it tells counts for all.
            guard let id = covering.first else { continue }
            missed[id, default: []].append(name)
        }
        for (id, names) in missed {
            guard case .secrets(let selection) = id, selection.isBroad, names.count <= ClusterLimits.singleReadsMax else {
                running[id]?.reflector.relist()
                continue
            }
            Task { await self.read(names, else: id) }
        }
    }

    private func read(_ names: [NamespacedName], else id: SourceID) async {
        for name in names {
            let key = ObjectKey(kind: .secret, name: name)
            do throws(StoreError) {
                let writer = ClusterWriter(client: client, engine: self, isReadOnly: true)
                if let object = try await writer.object(key) { wrote(object) }
            } catch {
                logger.debug("a Secret is read by listing", metadata: ["error": "\(error)"])
                running[id]?.reflector.relist()
                return
            }
        }
    }

    /// Ends watches that are not wanted any more: those of names that nobody needs at once, others when all that take their place
    /// have a list.
    private func endReplaced() {
        let isTakenOver = selections.allSatisfy { running[.secrets($0)]?.standing != .pending }
        for id in running.keys {
            guard case .secrets(let selection) = id, !selections.contains(selection) else { continue }
            if case .name(let name) = selection, references.need(of: name) == nil {
                cease(id)
            } else if isTakenOver {
                cease(id)
            }
        }
    }
}

/// How far everything has come.
extension ClusterEngine {
    /// Whether all objects that name Secrets are known.
    private func isNamingComplete() -> Bool {
        guard isDiscovered else { return false }
        let naming: Set<ObjectKind> = [.ingress, .ingressClass, .issuer, .clusterIssuer, .certificate]
        return running.values.allSatisfy { !naming.contains($0.kind) || $0.standing != .pending } && isUsable(.ingress)
    }

    private var isDiscovered: Bool { installed != nil || settings.discoveredKinds.isEmpty }

    /// Whether at least one watch of a kind works.
    private func isUsable(_ kind: ObjectKind) -> Bool { running.values.contains { $0.kind == kind && $0.standing == .synced } }

    /// What the first update has to wait for.
    ///
    /// A kind without which serving makes no sense is waited for also when it is forbidden; in several namespaces until one
    /// of them allows it.
    func waitingFor() -> [String] {
        var waiting: Set<String> = []
        for entry in running.values where entry.standing == .pending { waiting.insert(entry.reflector.collection.description) }
        let kinds = Set(running.values.map(\.kind)).filter(settings.isRequired)
        for kind in kinds where !isUsable(kind) { waiting.insert(kind.resource.description) }
        if !isDiscovered { waiting.insert("which resources are installed") }
        if !isPlanned { waiting.insert(APIResource.secrets.description) }
        return waiting.sorted()
    }

    /// The kinds of which at least one watch has never had a complete list.
    func unknownKinds() -> Set<ObjectKind> { Set(running.values.filter { $0.standing != .synced }.map(\.kind)) }

    /// Everything that is wrong now, sorted and capped. An API server that is away is one problem, however many watches notice.
    func problems() -> [StoreProblem] {
        var all = model.problems
        let troubles = running.values.compactMap(\.trouble).sorted { $0.subject < $1.subject }
        for error in troubles where !error.isTransient { all.append(StoreProblem(source: "API server", message: "\(error)")) }
        if let first = troubles.first(where: \.isTransient) {
            all.append(StoreProblem(source: "API server", message: "no news, what is known stays in force: \(first.message)"))
        }
        return StoreProblem.listed(all)
    }
}

/// Which of cert-manager's resources there are.
extension ClusterEngine {
    /// Looks from time to time, for as long as the store is open.
    func discover() async {
        while !Task.isCancelled, !isStopped {
            await lookForResources()
            let pause = installed == nil ? settings.timing.backoffMin : settings.discoveryInterval * Double.random(in: 0.8...1.2)
            do { try await time.sleep(for: pause) } catch { return }
        }
    }

    /// Looks now.
    func lookForResources() async {
        do throws(APIError) {
            apply(try await InstalledResources.ask(client))
        } catch {
            logger.debug("the API server does not say what is installed", metadata: ["error": "\(error)"])
            // To be told nothing is to have nothing; whatever it is that is missing is looked for again.
            if installed == nil, error.code == .forbidden { apply(InstalledResources()) }
        }
    }

    private func apply(_ found: InstalledResources) {
        guard !isStopped, installed != found else { return }
        installed = found
        for kind in settings.discoveredKinds {
            let ids = settings.namespaces(of: kind).map { SourceID.kind(kind, namespace: $0) }
            if found.offers(kind.resource) {
                follow(kind)
            } else {
                for id in ids { cease(id) }
            }
        }
        flush()
    }
}
