import { lifetime } from './lifetime.mjs';

lifetime('3.1.3');
