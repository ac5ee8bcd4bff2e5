//! The files of the examples, compiled into the command: it needs no checkout.

use clap::ValueEnum;

/// The language of a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Rust, over the consumer library.
    Rust,
    /// Python 3.10 or newer.
    Python,
    /// TypeScript, for Node.js 20 or newer.
    Typescript,
}

/// The path of a file in the project, and its text.
pub(super) type File = (&'static str, &'static str);

/// The stack that every subscriber has.
pub(super) const SUBSCRIBER: File = ("subscriber.yaml", include_str!("../../../infra/subscriber.yaml"));

/// The files of an example, by path.
macro_rules! example {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../examples/", $folder, "/", $path)))),+]
    };
}

const PYTHON: &[File] = example!("python":
    "template.yaml",
    "Makefile",
    "requirements.in",
    "requirements.txt",
    "requirements-dev.in",
    "requirements-dev.txt",
    "pytest.ini",
    "subscriber/__init__.py",
    "subscriber/effect.py",
    "subscriber/handler.py",
    "subscriber/poll.py",
    "tests/test_effect.py",
);

const TYPESCRIPT: &[File] = example!("typescript":
    "template.yaml",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "src/consumer.ts",
    "src/effect.ts",
    "src/handler.ts",
    "src/poll.ts",
    "test/effect.test.ts",
);

const RUST: &[File] = example!("rust":
    "template.yaml",
    "Cargo.toml",
    "src/lib.rs",
    "src/bin/poll.rs",
    "src/effect.rs",
    "src/main.rs",
    "src/settings.rs",
    "tests/welcome.rs",
);

impl Language {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Typescript => "TypeScript",
        }
    }

    /// The files of its example.
    pub(super) fn example(self) -> &'static [File] {
        match self {
            Self::Rust => RUST,
            Self::Python => PYTHON,
            Self::Typescript => TYPESCRIPT,
        }
    }

    /// The folder of its consumer library in a checkout.
    pub(super) fn library(self) -> &'static str {
        match self {
            Self::Rust => "shared/consumer",
            Self::Python => "packages/python",
            Self::Typescript => "packages/typescript",
        }
    }

    /// The content of its `.gitignore`.
    pub(super) fn ignored(self) -> &'static str {
        match self {
            Self::Rust => "/target/\n/.aws-sam/\n",
            Self::Python => "/.venv/\n__pycache__/\n/.aws-sam/\n",
            Self::Typescript => "/node_modules/\n/dist/\n/.aws-sam/\n",
        }
    }

    /// The file that handles an event, which people change.
    pub(super) fn effect(self) -> &'static str {
        match self {
            Self::Rust => "src/effect.rs",
            Self::Python => "subscriber/effect.py",
            Self::Typescript => "src/effect.ts",
        }
    }

    /// The commands that run its tests.
    pub(super) fn test_commands(self) -> &'static str {
        match self {
            Self::Rust => "cargo test",
            Self::Python => {
                "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements-dev.txt && .venv/bin/pip install --no-deps -r requirements.in && .venv/bin/python -m pytest"
            }
            Self::Typescript => "npm run vendor && npm ci && npm test",
        }
    }

    /// The commands that deploy it.
    pub(super) fn deploy_commands(self) -> &'static str {
        match self {
            Self::Rust | Self::Python => "sam build && sam deploy",
            Self::Typescript => "npm run vendor && npm ci && npm run build && sam build && sam deploy",
        }
    }
}
