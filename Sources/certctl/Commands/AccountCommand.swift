internal import ArgumentParser
internal import Issuance

/// `certctl account`.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Show, rekey or end the ACME account of an issuer.",
        discussion: """
            ISSUER is NAME or ClusterIssuer/NAME, or Issuer/NAMESPACE/NAME. It may be left out when there is only one ACME issuer. All \
            commands ask the running server, or, with --kubeconfig or --context, whoever leads in that cluster, through its API server; when \
            nothing runs over --state, this process does it.

            EXAMPLES
              certctl account show
              certctl account rollover letsencrypt
              certctl account show --kubeconfig ~/.kube/config --context prod
              certctl account deactivate Issuer/web/old --yes
            """,
        subcommands: [Show.self, Rollover.self, Deactivate.self])

    /// `certctl account show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show accounts: URL, contacts, key thumbprint, pending orders, DNS records for dns-persist-01.",
            discussion: """
                Makes no account. --for shows the TXT records that prove control of names for good, to create before an issuer gets a \
                dnsPersist01 solver. Exit code 1 when something could not be found out.

                EXAMPLES
                  certctl account show
                  certctl account show letsencrypt --for shop.example.com --for '*.shop.example.com'
                  certctl account show Issuer/web/acme -o json
                """)

        @Argument(help: "The issuer; default: all.")
        var issuer: String?

        @Option(
            name: .customLong("for"), help: ArgumentHelp("Name whose dns-persist-01 record is wanted; may be repeated.", valueName: "name"))
        var names: [String] = []

        @OptionGroup var options: OperationOptions

        func run() async throws {
            let request = AccountRequest(issuer: issuer, names: names.isEmpty ? nil : names)
            let list = try await options.perform { try await $0.showAccounts(request) }
            switch options.output {
            case .text: print(AccountText.text(of: list.accounts, on: Terminal()), terminator: "")
            case .json: print(try JSONOutput.text(of: list), terminator: "")
            }
            if list.accounts.contains(where: { $0.problem != nil }) { throw ExitStatus.failure.error }
        }
    }

    /// `certctl account rollover`.
    struct Rollover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the account's key.",
            discussion: """
                The account, its orders and its certificates stay. The new key is stored beside the old one before the CA hears of it, so a \
                crash loses neither. Records for dns-persist-01 name the account, not the key, and stay valid unless the CA asks for more.

                EXAMPLES
                  certctl account rollover
                  certctl account rollover letsencrypt -o json
                """)

        @Argument(help: "The issuer; may be left out when there is only one.")
        var issuer: String?

        @OptionGroup var options: OperationOptions

        func run() async throws {
            let request = AccountRequest(issuer: issuer)
            try options.show(try await options.perform { try await $0.rollOverAccount(request) })
        }
    }

    /// `certctl account deactivate`.
    struct Deactivate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the account for good.",
            discussion: """
                Certificates stay valid, and none of them can be renewed by this issuer from then on; without --yes they are listed and \
                nothing is done. The key stays in its Secret, marked: a new account is only made after somebody deletes that Secret.

                EXAMPLES
                  certctl account deactivate letsencrypt
                  certctl account deactivate letsencrypt --yes
                """)

        @Argument(help: "The issuer; may be left out when there is only one.")
        var issuer: String?

        @Flag(help: "Do it.")
        var yes = false

        @OptionGroup var options: OperationOptions

        func run() async throws {
            let request = AccountRequest(issuer: issuer, confirmed: yes)
            do {
                try options.show(try await options.perform { try await $0.deactivateAccount(request) })
            } catch let failure as OperationFailure where failure.code == .refused && !yes {
                throw CommandFailure("\(failure.object): \(failure.message). Say --yes to do it")
            }
        }
    }
}

extension OperationOptions {
    /// Runs one operation to its end.
    fileprivate func perform<Value: Sendable>(_ operation: (any Operations) async throws -> Value) async throws -> Value {
        let operations = try await operations()
        do {
            let value = try await operation(operations)
            await operations.close()
            return value
        } catch {
            await operations.close()
            throw error
        }
    }

    /// Prints one account.
    fileprivate func show(_ report: AccountReport) throws {
        switch output {
        case .text: print(AccountText.text(of: [report], on: Terminal()), terminator: "")
        case .json: print(try JSONOutput.text(of: report), terminator: "")
        }
    }
}
