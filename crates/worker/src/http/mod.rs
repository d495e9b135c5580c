//! HTTP as plain data: what came in, what goes out, and everything about headers, so that it is tested natively.

pub(crate) mod cookies;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod network;
pub(crate) mod route;

use askama::Template;

use self::headers::{FormAction, Scripts};

/// What is needed of a request's head.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) query: String,
    pub(crate) origin: Option<String>,
    pub(crate) sec_fetch_site: Option<String>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) form_action: FormAction,
    /// What it runs.
    pub(crate) scripts: Scripts,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A page.
    pub(crate) fn page(status: u16, page: &impl Template) -> Result<Reply, askama::Error> {
        Ok(Reply {
            status,
            content_type: "text/html; charset=utf-8",
            form_action: FormAction::Own,
            scripts: Scripts::None,
            headers: Vec::new(),
            body: page.render()?.into_bytes(),
        })
    }

    /// A text of another kind.
    pub(crate) fn text(status: u16, content_type: &'static str, body: String) -> Reply {
        Reply::file(status, content_type, body.into_bytes())
    }

    /// Octets of another kind.
    pub(crate) fn file(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
        Reply {
            status,
            content_type,
            form_action: FormAction::None,
            scripts: Scripts::None,
            headers: Vec::new(),
            body,
        }
    }

    /// Go there, by GET.
    pub(crate) fn see_other(location: String) -> Reply {
        let mut reply = Reply::text(303, "text/plain; charset=utf-8", String::new());
        reply.headers.push(("location", location));
        reply
    }

    /// With a cookie set.
    pub(crate) fn with_cookie(mut self, cookie: String) -> Reply {
        self.headers.push(("set-cookie", cookie));
        self
    }

    /// With one more cookie, where there is one.
    pub(crate) fn with_cookie_if(self, cookie: Option<String>) -> Reply {
        match cookie {
            Some(cookie) => self.with_cookie(cookie),
            None => self,
        }
    }

    /// Kept by browsers and whoever is between for good: its address says what is there.
    pub(crate) fn for_good(mut self) -> Reply {
        self.headers.push(("cache-control", "public, max-age=31536000, immutable".to_owned()));
        self
    }

    /// With a page that runs our scripts and our WebAssembly.
    pub(crate) fn with_scripts(mut self) -> Reply {
        self.scripts = Scripts::OwnWithWasm;
        self
    }

    /// With a page that has a worker of ours: one that keeps it for reading without a connection, or stretches a password.
    pub(crate) fn with_worker(mut self) -> Reply {
        self.scripts = Scripts::OwnWithWorker;
        self
    }

    /// With a page that runs our scripts.
    pub(crate) fn with_plain_scripts(mut self) -> Reply {
        self.scripts = Scripts::Own;
        self
    }

    /// With a page whose form may go to another place than ours.
    pub(crate) fn with_form_action(mut self, form_action: FormAction) -> Reply {
        self.form_action = form_action;
        self
    }
}
