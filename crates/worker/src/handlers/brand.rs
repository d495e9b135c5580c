//! What an organisation shows of itself: public, under addresses that say what is there.

use keyward_core::brand::Accent;
use keyward_saml::base64;
use worker::{Env, console_error};

use crate::host::{Failure, Host};
use crate::http::Reply;
use crate::store::load;

/// The binding of what is public and can be had again.
pub(super) const PUBLIC: &str = "PUBLIC";
/// How long a logo stays at hand after it was fetched from the database: it may have been taken down since.
const KEPT_SECONDS: u64 = 30 * 24 * 60 * 60;
/// How long a place of Cloudflare's remembers what KV said.
const NEAR_SECONDS: u64 = 24 * 60 * 60;

/// `GET /logo/<hash>.png`. KV has it at hand; the database has it for sure. KV that fails costs a look there, and no more.
pub(crate) async fn logo(host: &Host, env: &Env, hash: &str) -> Result<Option<Reply>, Failure> {
    let reply = |png| Some(Reply::file(200, "image/png", png).for_good());
    let key = format!("logo/{hash}");
    let public = env.kv(PUBLIC);
    if let Ok(public) = &public
        && let Ok(Some(png)) = public.get(&key).cache_ttl(NEAR_SECONDS).bytes().await
    {
        return Ok(reply(png));
    }
    let mut answers = host.database.batch(load::logo(hash)).await?;
    let Some(png) = load::read_logo(&mut answers)?.and_then(|png| base64::decode(png.as_bytes())) else {
        return Ok(None);
    };
    let kept = match public {
        Ok(public) => match public.put_bytes(&key, &png) {
            Ok(put) => put.expiration_ttl(KEPT_SECONDS).execute().await.is_ok(),
            Err(_) => false,
        },
        Err(_) => false,
    };
    if !kept {
        console_error!("brand: a logo could not be put into KV");
    }
    Ok(reply(png))
}

/// `GET /brand/<colour>.css`: what a colour makes of our pages, where it can be read.
pub(crate) fn stylesheet(accent: &str) -> Option<Reply> {
    let accent = Accent::parse(accent).filter(|known| known.hex() == accent)?;
    Some(Reply::text(200, "text/css; charset=utf-8", accent.stylesheet()?).for_good())
}
